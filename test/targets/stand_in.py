"""AWS's API on this machine: moto's server, and what its CloudFormation lacks.

    python stand_in.py -p PORT

Resources that moto's CloudFormation does not know become calls of the API that they amount to, checked against AWS's own
service models. Where moto has that API the calls are made, where it has not (App Runner, Express Mode, Lightsail, ECR Public) they
are only checked, and what CloudFormation would know of the result is made up. And a stack whose change fails says so in its events.
Whoever calls DynamoDB with the name of a role as access key may do there what that role may, and nothing else. A container whose role
may not read its secrets is refused at once; AWS would find out when it starts.
"""

import base64
import contextlib
import io
import json
import os
import re
import threading
import uuid

import boto3
import botocore.session
from botocore.validate import ParamValidator
from moto import server
from moto.cloudformation import models, parsing, responses
from moto.core.common_models import CloudFormationModel
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup
from moto.iam.models import iam_backends
from werkzeug.wrappers import Request, Response

MODELS = botocore.session.get_session()
ACCOUNT = "123456789012"
MOTO = "moto.cloudformation.stand_in"  # moto files a model under the module that it comes from


def shaped(value, shape, path=""):
    """CloudFormation's properties as an API's parameters: its spelling, its types, and none that it does not have."""
    if shape.type_name == "structure":
        members = {name.lower(): name for name in shape.members}
        unknown = [key for key in value if key.lower() not in members]
        if unknown:
            raise ValueError(f"{path}: {shape.name} has no {', '.join(unknown)}")
        return {members[k.lower()]: shaped(v, shape.members[members[k.lower()]], f"{path}.{k}") for k, v in value.items()}
    if shape.type_name == "list":
        return [shaped(item, shape.member, f"{path}[]") for item in value]
    if shape.type_name == "map":
        return {key: shaped(item, shape.value, f"{path}.{key}") for key, item in value.items()}
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else {"true": True, "false": False}[value]
    if isinstance(value, (dict, list)):
        raise ValueError(f"{path}: {value} is no text")
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        raise ValueError(f"{path}: {value} is none of {', '.join(allowed)}")
    return str(value)


def request(service, operation, properties):
    """Raises where the service model has no such request."""
    shape = MODELS.get_service_model(service).operation_model(operation).input_shape
    parameters = shaped(properties, shape, operation)
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise ValueError(report.generate_report())
    return parameters


def call(service, operation, properties, region="us-east-1"):
    client = boto3.client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}")
    method = botocore.xform_name(operation)
    return getattr(client, method)(**request(service, operation, properties))


class Made(CloudFormationModel):
    """What came of a resource: its name and its attributes."""

    __module__ = MOTO

    def __init__(self, name, attributes):
        self.physical_resource_id = name
        self.attributes = attributes

    def get_cfn_attribute(self, name):
        return self.attributes[name]

    def is_created(self):
        return True


def by_calls(resource_type, create, delete=lambda name: None, update=None):
    """Teaches moto's CloudFormation a resource: `create` takes its properties and gives a name and attributes."""

    class Resource(CloudFormationModel):
        __module__ = MOTO
        cloudformation_name_type = staticmethod(lambda: "")
        cloudformation_type = staticmethod(lambda: resource_type)
        has_cfn_attr = classmethod(lambda cls, attribute: True)

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
            return Made(*create(cloudformation_json["Properties"]))

        @classmethod
        def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
            if not update:
                delete(original_resource.physical_resource_id)
            return Made(*(update or create)(cloudformation_json["Properties"]))

        @classmethod
        def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
            delete(resource_name)

    KNOWN.append(Resource)


KNOWN = []  # moto knows them as subclasses, which are gone when nobody holds them


def repository(properties):
    name = properties["RepositoryName"]
    made = {"repositoryName": name, "imageScanningConfiguration": properties["ImageScanningConfiguration"]}
    call("ecr", "CreateRepository", made)
    if not properties["EmptyOnDelete"]:
        raise ValueError("docker/deploy --destroy counts on EmptyOnDelete")
    return update_repository(properties)


def update_repository(properties):
    name, policy = properties["RepositoryName"], properties.get("RepositoryPolicyText")
    call("ecr", "PutLifecyclePolicy", {"repositoryName": name, "lifecyclePolicyText": properties["LifecyclePolicy"]["LifecyclePolicyText"]})
    if policy:
        call("ecr", "SetRepositoryPolicy", {"repositoryName": name, "policyText": json.dumps(policy)})
    return name, {"Arn": call("ecr", "DescribeRepositories", {"repositoryNames": [name]})["repositories"][0]["repositoryArn"]}


def attachment(properties):
    gateway, vpc = properties["InternetGatewayId"], properties["VpcId"]
    call("ec2", "AttachInternetGateway", {"InternetGatewayId": gateway, "VpcId": vpc})
    return f"{gateway}|{vpc}", {}


def detach(name):
    gateway, vpc = name.split("|")
    call("ec2", "DetachInternetGateway", {"InternetGatewayId": gateway, "VpcId": vpc})


def route_table(properties):
    return call("ec2", "CreateRouteTable", properties)["RouteTable"]["RouteTableId"], {}


def http_api(properties):
    api = call("apigatewayv2", "CreateApi", properties)
    return api["ApiId"], {"ApiEndpoint": api["ApiEndpoint"]}


def rest_stage(properties):
    call("apigateway", "CreateStage", properties)
    return properties["StageName"], {}


def function_url(properties):
    function = properties.pop("TargetFunctionArn")
    url = call("lambda", "CreateFunctionUrlConfig", {**properties, "FunctionName": function})
    return url["FunctionArn"], {"FunctionUrl": url["FunctionUrl"] + "/"}


def scalable_target(properties):
    call("application-autoscaling", "RegisterScalableTarget", properties)
    return "|".join(properties[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")), {}


def scaling_policy(properties):
    resource, dimension, namespace = properties.pop("ScalingTargetId").split("|")
    policy = {**properties, "ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return call("application-autoscaling", "PutScalingPolicy", policy)["PolicyARN"], {}


def pairs(entries, key, value):
    return {entry[key]: entry[value] for entry in entries}


def app_runner(properties):
    image = properties["SourceConfiguration"]["ImageRepository"]["ImageConfiguration"]
    image["RuntimeEnvironmentVariables"] = pairs(image["RuntimeEnvironmentVariables"], "Name", "Value")
    if secrets := image.get("RuntimeEnvironmentSecrets"):
        image["RuntimeEnvironmentSecrets"] = pairs(secrets, "Name", "Value")
        read_secrets(image["RuntimeEnvironmentSecrets"], properties["InstanceConfiguration"].get("InstanceRoleArn"))
    name = request("apprunner", "CreateService", properties)["ServiceName"]
    ident = uuid.uuid4().hex
    for kind in ("application", "service"):
        call("logs", "CreateLogGroup", {"logGroupName": f"/aws/apprunner/{name}/{ident}/{kind}"})
    return name, {"ServiceUrl": f"{ident[:10]}.us-east-1.awsapprunner.com", "ServiceId": ident}


def app_runner_scaling(properties):
    request("apprunner", "CreateAutoScalingConfiguration", {"AutoScalingConfigurationName": "generated", **properties})
    return "scaling", {"AutoScalingConfigurationArn": f"arn:aws:apprunner:us-east-1:{ACCOUNT}:autoscalingconfiguration/scaling/1/{'0' * 32}"}


def task_definition(properties):
    made = call("ecs", "RegisterTaskDefinition", properties)["taskDefinition"]
    for container in made["containerDefinitions"]:
        read_secrets(pairs(container.get("secrets", []), "name", "valueFrom"), made["executionRoleArn"])
    return made["taskDefinitionArn"], {}


def express(properties):
    request("ecs", "CreateExpressGatewayService", properties)
    main_container(call("ecs", "DescribeTaskDefinition", {"taskDefinition": properties["TaskDefinitionArn"]})["taskDefinition"])
    balancing = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}"
    path = "ECSManagedResourceArns.IngressPath"
    return properties["ServiceName"], {
        "Endpoint": "mo-0.ecs.us-east-1.on.aws",
        f"{path}.LoadBalancerArn": f"{balancing}:loadbalancer/app/ecs-express-gateway-alb-0/0",
        f"{path}.TargetGroupArns": [f"{balancing}:targetgroup/ecs-gateway-tg-{i}/{i}" for i in (0, 1)],
    }


def main_container(task):
    """Express Mode's own rules for a task definition that is not its own."""
    (container,) = [container for container in task["containerDefinitions"] if container["name"] == "Main"]
    (port,) = container["portMappings"]
    if not port.get("name"):
        raise ValueError("Express Mode takes a container Main with one port that has a name")


def alarm(properties):
    name = f"alarm-{uuid.uuid4()}"
    call("cloudwatch", "PutMetricAlarm", {"AlarmName": name, **properties})
    return name, {}


LIGHTSAIL = {}


def lightsail(properties):
    deployment = properties.pop("ContainerServiceDeployment", None)
    name = request("lightsail", "CreateContainerService", properties)["serviceName"]
    LIGHTSAIL.setdefault(name, [])
    if deployment:
        containers = {}
        for container in deployment["Containers"]:
            container["Environment"] = pairs(container["Environment"], "Variable", "Value")
            container["Ports"] = pairs(container["Ports"], "Port", "Protocol")
            containers[container.pop("ContainerName")] = container
        endpoint = deployment["PublicEndpoint"]
        endpoint["HealthCheck"] = endpoint.pop("HealthCheckConfig")
        parameters = {"serviceName": name, "containers": containers, "publicEndpoint": endpoint}
        LIGHTSAIL[name].append(request("lightsail", "CreateContainerServiceDeployment", parameters))
    return name, {"Url": f"https://{name}.0.us-east-1.cs.amazonlightsail.com/"}


def lightsail_api(operation, asked):
    name = asked["serviceName"]
    role = f"arn:aws:iam::{ACCOUNT}:role/amazon/lightsail/us-east-1/containers/{name}/private-repo-access/0"
    service = {"containerServiceName": name, "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True, "principalArn": role}}}
    return {"containerServices": [service]}


PUBLIC = {}  # ECR Public: of each repository, the digests by tag


def public_repository(properties):
    name = request("ecr-public", "CreateRepository", properties)["repositoryName"]
    PUBLIC[name] = {}
    return name, {}


def delete_public_repository(name):
    if PUBLIC.get(name):
        raise ValueError(f"{name} is not empty")
    PUBLIC.pop(name, None)


def public_api(operation, asked):
    if operation == "GetAuthorizationToken":
        return {"authorizationData": {"authorizationToken": base64.b64encode(f"AWS:{ACCOUNT}-auth-token".encode()).decode()}}
    name = asked.get("repositoryName") or asked["repositoryNames"][0]
    if name not in PUBLIC:
        raise LookupError("RepositoryNotFoundException", f"There is no repository {name}")
    if operation == "DescribeRepositories":
        return {"repositories": [{"repositoryUri": f"public.ecr.aws/alias/{name}"}]}
    if operation == "PutImage":
        PUBLIC[name][asked["imageTag"]] = asked["imageDigest"]
    if operation == "DescribeImages":
        return {"imageDetails": [{"imageDigest": PUBLIC[name][asked["imageIds"][0]["imageTag"]]}]}
    if operation == "DeleteRepository":
        del PUBLIC[name]
    return {}


def table(properties):
    later = {
        "UpdateTimeToLive": "TimeToLiveSpecification",
        "UpdateContinuousBackups": "PointInTimeRecoverySpecification",
    }
    settings = {operation: {key: properties.pop(key)} for operation, key in later.items()}
    if encryption := properties.get("SSESpecification"):
        encryption["Enabled"] = encryption.pop("SSEEnabled")
    made = call("dynamodb", "CreateTable", properties)["TableDescription"]
    for operation, setting in settings.items():
        call("dynamodb", operation, {"TableName": made["TableName"], **setting})
    return made["TableName"], {"Arn": made["TableArn"]}


def asked_of_dynamodb(operation, asked):
    """Each action that a request takes, and the table. A transaction has none of its own: IAM asks for those of its items."""
    if operation == "TransactWriteItems":
        return [(f"{kind}Item", item["TableName"]) for entry in asked["TransactItems"] for kind, item in entry.items()]
    return [(operation, name) for name in asked.get("RequestItems", {asked.get("TableName"): None})]


def rights(role):
    """Each action that a role may do, and on what."""
    statements = [statement for policy in role.policies.values() for statement in policy["Statement"]]
    return {(action, s["Resource"]) for s in statements for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}


def refused_to_role(environ, operation):
    """What the role that calls may not do of this request, or None."""
    _, key, _, region = re.split(r"Credential=|/", environ["HTTP_AUTHORIZATION"])[:4]
    roles = {role.name: role for role in iam_backends[ACCOUNT]["aws"].get_roles()}
    if key not in roles:
        return None
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    allowed = rights(roles[key])
    for action, name in asked_of_dynamodb(operation, json.loads(body)):
        resource = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"
        if (f"dynamodb:{action}", resource) not in allowed:
            return f"User: {key} is not authorized to perform: dynamodb:{action} on resource: {resource}"
    return None


# APIs that docker/deploy calls and moto has not: what marks their calls, the regions they are in, and the answer.
IN_FRONT = {"Lightsail_20161128": ("", lightsail_api), "SpencerFrontendService": ("/us-east-1/", public_api)}


# moto's DynamoDB takes one request at a time: with several, items change while they are read.
DYNAMODB = threading.Lock()


def in_front(app):
    def answer(environ, start_response):
        api, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")
        if api.startswith("DynamoDB") and (refusal := refused_to_role(environ, operation)):
            said = {"__type": "com.amazon.coral.service#AccessDeniedException", "message": refusal}
            return Response(json.dumps(said), 400, content_type="application/x-amz-json-1.0")(environ, start_response)
        if api not in IN_FRONT:
            with DYNAMODB if api.startswith("DynamoDB") else contextlib.nullcontext():
                return app(environ, start_response)
        region, known = IN_FRONT[api]
        status, said = 200, {}
        try:
            if region not in environ["HTTP_AUTHORIZATION"]:
                raise LookupError("EndpointError", f"{api} is only in {region}")
            said = known(operation, Request(environ).get_json(force=True))
        except LookupError as error:
            status, said = 400, dict(zip(("__type", "message"), error.args))
        return Response(json.dumps(said), status, content_type="application/x-amz-json-1.1")(environ, start_response)

    return answer


def named(service, operation, key):
    return lambda properties: (call(service, operation, properties)[key], {})


# moto has this one, without scanning, policies and EmptyOnDelete.
by_calls(
    "AWS::ECR::Repository",
    repository,
    lambda name: call("ecr", "DeleteRepository", {"repositoryName": name, "force": True}),
    update_repository,
)
# And this one, without its time to live and its backup.
by_calls("AWS::DynamoDB::Table", table, lambda name: call("dynamodb", "DeleteTable", {"TableName": name}))
# And this one, without its roles.
by_calls("AWS::ECS::TaskDefinition", task_definition, lambda name: call("ecs", "DeregisterTaskDefinition", {"taskDefinition": name}))
# And these, without a way to delete them.
by_calls("AWS::EC2::VPCGatewayAttachment", attachment, detach)
by_calls("AWS::EC2::RouteTable", route_table, lambda name: call("ec2", "DeleteRouteTable", {"RouteTableId": name}))
by_calls("AWS::ApiGatewayV2::Api", http_api, lambda name: call("apigatewayv2", "DeleteApi", {"ApiId": name}))
by_calls("AWS::ApiGatewayV2::Integration", named("apigatewayv2", "CreateIntegration", "IntegrationId"))
by_calls("AWS::ApiGatewayV2::Route", named("apigatewayv2", "CreateRoute", "RouteId"))
by_calls("AWS::ApiGatewayV2::Stage", named("apigatewayv2", "CreateStage", "StageName"))
by_calls("AWS::ApiGateway::Stage", rest_stage)
by_calls("AWS::Lambda::Url", function_url)
by_calls("AWS::ApplicationAutoScaling::ScalableTarget", scalable_target)
by_calls("AWS::ApplicationAutoScaling::ScalingPolicy", scaling_policy)
by_calls("AWS::AppRunner::Service", app_runner)
by_calls("AWS::AppRunner::AutoScalingConfiguration", app_runner_scaling)
by_calls("AWS::ECS::ExpressGatewayService", express)
by_calls("AWS::CloudWatch::Alarm", alarm, lambda name: call("cloudwatch", "DeleteAlarms", {"AlarmNames": [name]}))
by_calls("AWS::Lightsail::Container", lightsail, lambda name: LIGHTSAIL.pop(name, None))
by_calls("AWS::ECR::PublicRepository", public_repository, delete_public_repository, lambda properties: (properties["RepositoryName"], {}))


def failing_in_events(execute):
    """CloudFormation answers a change set at once and tells what came of it in the stack's events; moto raises, or goes on."""

    def execute_change_set(self, change_set_name, stack_name=None):
        (change,) = [c for c in self.change_sets.values() if change_set_name in (c.change_set_id, c.change_set_name)]
        stack = self.stacks[change.stack_id]
        try:
            execute(self, change_set_name, stack_name)
        except Exception as error:
            logical, kind = FAILED.pop("resource", ("?", "?"))
            stack.events.append(models.Event(stack.stack_id, stack.name, logical, "", kind, "CREATE_FAILED", str(error), None))
            stack.status = "ROLLBACK_COMPLETE" if change.change_set_type == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
            stack._add_stack_event(stack.status)
            change.execution_status = "EXECUTE_FAILED"
            return
        # moto reads the outputs of a new stack before it has a template
        stack.template, stack.parameters = change.template, change.parameters
        stack._parse_template()
        stack.output_map = stack._create_output_map()

    return execute_change_set


FAILED = {}


def remembering(create):
    def parse_and_create_resource(logical_id, resource_json, *args, **kwargs):
        try:
            return create(logical_id, resource_json, *args, **kwargs)
        except Exception:
            FAILED.setdefault("resource", (logical_id, resource_json["Type"]))
            raise

    return parse_and_create_resource


SECRET = re.compile(r"\{\{resolve:secretsmanager:([^:${}]+):SecretString:(\w+)\}\}")


def secret(match):
    return value_in_secret(*match.groups())


def value_in_secret(name, key):
    found = json.loads(call("secretsmanager", "GetSecretValue", {"SecretId": name})["SecretString"])
    if key not in found:
        raise ValueError(f"Could not find a value associated with JSONKey in SecretString: {key}")
    return found[key]


FULL_ARN_AND_KEY = re.compile(r"(arn:aws:secretsmanager:[^:]+:\d+:secret:[^:]+-\w{6}):(\w+)::")


def read_secrets(secrets, role_arn):
    """Reads what a container takes from secrets, as whoever starts it does, in the role for that."""
    allowed = {right for role in iam_backends[ACCOUNT]["aws"].get_roles() if role.arn == role_arn for right in rights(role)}
    for name, value_from in secrets.items():
        match = FULL_ARN_AND_KEY.fullmatch(value_from)
        if not match:
            raise ValueError(f"{name}: {value_from} is not the full ARN of a secret, with a key in it")
        if ("secretsmanager:GetSecretValue", match[1]) not in allowed:
            raise PermissionError(f"{role_arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: {match[1]}")
        value_in_secret(*match.groups())


def as_cloudformation(clean):
    """AWS::NoValue leaves a list, too, the name of an attribute may have dots in it, and a value may be that of a secret."""

    def clean_json(value, resources):
        if isinstance(value, dict) and "Fn::GetAtt" in value:
            resource, *attribute = value["Fn::GetAtt"]
            value = {"Fn::GetAtt": [resource, ".".join(attribute)]}
        cleaned = clean(value, resources)
        if isinstance(cleaned, str):
            return SECRET.sub(secret, cleaned)
        return [item for item in cleaned if item is not None] if isinstance(cleaned, list) else cleaned

    return clean_json


def retaining(delete):
    def delete_resource(self, parsed_resource, resource_json):
        # Retain, and RetainExceptOnCreate: what is deleted here was created in an earlier change.
        if not resource_json.get("DeletionPolicy", "").startswith("Retain"):
            delete(self, parsed_resource, resource_json)

    return delete_resource


models.CloudFormationBackend.execute_change_set = failing_in_events(models.CloudFormationBackend.execute_change_set)
parsing.ResourceMap._delete_resource = retaining(parsing.ResourceMap._delete_resource)
parsing.parse_and_create_resource = remembering(parsing.parse_and_create_resource)
# A change set without changes is one that failed, not an error: so the AWS CLI says that there was nothing to do.
models.Stack.has_parameters = lambda self, others: all(str(self.stack_parameters.get(k)) == str(v) for k, v in others.items())
responses.CloudFormationResponse._validate_different_update = lambda *args: None
parsing.clean_json = as_cloudformation(parsing.clean_json)
# What moto does not know of a load balancer and its target groups: how their metrics name them.
FakeTargetGroup.get_cfn_attribute = lambda self, name: {"TargetGroupFullName": self.arn.split(":")[5]}[name]
FakeLoadBalancer.get_cfn_attribute = lambda self, name: {
    "DNSName": self.dns_name,
    "LoadBalancerFullName": self.arn.split("loadbalancer/")[1],
}[name]

if __name__ == "__main__":
    dispatcher = server.DomainDispatcherApplication
    server.DomainDispatcherApplication = lambda create: in_front(dispatcher(create))
    server.main()
