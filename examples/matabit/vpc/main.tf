provider "aws" {
  region = "us-west-2"
}

terraform {
  backend "s3" {
    bucket         = "matabit-terraform-state-bucket"
    region         = "us-west-2"
    key            = "vpc/terraform.tfstate"
    dynamodb_table = "matabit-terraform-statelock"
    encrypt        = true
  }
}
