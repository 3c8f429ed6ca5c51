-- Run once, when the volume is new: tellfirst's truth and Prefect's picture of it never share a database.
CREATE DATABASE tellfirst;
CREATE DATABASE prefect;
