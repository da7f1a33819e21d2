# What the agents in the tasks of gateway and heads publish: of their doors what waits, runs and may run, and what overload refused; of the
# gateway how many emails all heads answered, since it answers 200 without them too.
locals {
  doors = toset(["gateway", "heads"])
  door_agents = { for service in local.doors : service => {
    image     = var.images.metrics_agent
    port      = local.ports[service]
    namespace = local.metrics_namespace
    metrics = concat(["${service}_door_waiting_requests", "${service}_door_running_requests", "${service}_door_limit_requests"],
    service == "gateway" ? local.log_agent.metrics : [])
    # Not those of callers that send too much, too slowly or nonsense: no task more would mend them.
    selected = merge({ "${service}_door_refusals_total" = { label = "reason", values = ["queue_full", "waited", "deadline", "no_memory"] } },
    service == "gateway" ? local.log_agent.selected : {})
    by_label = service == "gateway" ? { gateway_coverage_emails_total = "coverage" } : {}
  } }
}
