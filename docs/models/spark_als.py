"""Alternating least squares with Spark, where one machine is outgrown. spark-submit spark_als.py ratings.csv, or python"""
import sys
import numpy as np
from pyspark.ml.feature import StringIndexer
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from ratings import read, write

users, items, liked, rated = read(sys.argv[1])
spark = SparkSession.builder.appName("movies").config("spark.sql.shuffle.partitions", 4).getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
likes = spark.createDataFrame([(user, row, 1.0) for user, rows in enumerate(liked) for row in rows], ["user", "item", "like"])

als = ALS(rank=32, regParam=0.1, alpha=4.0, implicitPrefs=True, maxIter=10, seed=1, userCol="user", itemCol="item", ratingCol="like")
model = als.fit(likes)
model.write().overwrite().save("spark_als")

factors = {name: np.array(sorted(frame.collect()), dtype=object) for name, frame in (("user", model.userFactors), ("item", model.itemFactors))}
U, Y = (np.stack(factors[name][:, 1]).astype(np.float32) for name in ("user", "item"))
write(users, items, rated, U @ Y.T)
