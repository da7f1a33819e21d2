# Every time-out on a request's path, in seconds, so that their order can be seen and tested: a service gives up before its caller does,
# and a stopping task is killed only after it could finish what it had accepted.
locals {
  timeouts_s = {
    # a request
    embedder_request  = 15
    heads_request     = 10
    gateway_request   = 25 # longest deadline that a caller may ask for
    alb_idle          = 60
    gateway_keepalive = 75 # longer than the load balancer's, or it would send requests into closed connections
    # a stop
    deregistration = 25 # as long as a request may run; over before ECS sends SIGTERM
    embedder_drain = 20
    embedder_stop  = 45
    heads_drain    = 20
    heads_stop     = 45
    # With a prediction log the rest of it is brought to the database, for a minute also to one that is just failing over.
    gateway_drain      = var.prediction_log ? 90 : 30
    gateway_log_finish = 60
    gateway_stop       = var.prediction_log ? 120 : 70
  }
}
