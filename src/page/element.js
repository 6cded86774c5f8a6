export const $ = id => document.getElementById(id)

export function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

export const option = (text, value) => element('option', { value }, text)

export const onSubmit = (id, act) =>
  $(id).addEventListener('submit', event => {
    event.preventDefault()
    act()
  })
