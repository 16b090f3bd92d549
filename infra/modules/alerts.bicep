// What wakes somebody. Metrics are Service Bus' and Container Apps' own; the queries read the worker's metrics, which the collector
// brings to Application Insights, and log lines. README.md says what each of them can and cannot see.
param name string
param location string
param tags object
param appName string
param appId string
param namespaceId string
param queueName string
param queueSizeMegabytes int
param workspaceId string
param emails string[]
param actionGroupIds string[]
param backlogMessages int
param successPercent int
param deadLettersGrowth int

var ofQueue = [{ name: 'EntityName', operator: 'Include', values: [queueName] }]
var nothing = []
var finalActions = concat(actionGroupIds, empty(emails) ? [] : [group.id])

var metricRules = [
  {
    name: 'dead-letters'
    text: 'There are dead letters. posthorn dead-letters stats says why.'
    severity: 3
    scope: namespaceId
    window: 'PT5M'
    criteria: [
      {
        metric: 'DeadletteredMessages'
        aggregation: 'Maximum'
        operator: 'GreaterThan'
        threshold: 0
        dimensions: ofQueue
      }
    ]
  }
  {
    // Whatever the order of delivery: what was there at the beginning was never less, and fewer than that were taken off.
    name: 'oldest-message'
    text: 'Messages have been due for more than 15 minutes: fewer were done than waited all the time.'
    severity: 2
    scope: namespaceId
    window: 'PT15M'
    criteria: [
      {
        metric: 'ActiveMessages'
        aggregation: 'Minimum'
        operator: 'GreaterThanOrEqual'
        threshold: backlogMessages
        dimensions: ofQueue
      }
      {
        metric: 'CompleteMessage'
        aggregation: 'Total'
        operator: 'LessThan'
        threshold: backlogMessages
        dimensions: ofQueue
      }
    ]
  }
  {
    // A failed delivery completes its message too, and sends the next try: so nothing is wrong with the receivers here.
    name: 'no-poll'
    text: 'Mail waits and nobody takes it: no replica runs, it has no access, or it hangs.'
    severity: 1
    scope: namespaceId
    window: 'PT15M'
    criteria: [
      { metric: 'ActiveMessages', aggregation: 'Minimum', operator: 'GreaterThan', threshold: 0, dimensions: ofQueue }
      { metric: 'CompleteMessage', aggregation: 'Total', operator: 'LessThan', threshold: 1, dimensions: ofQueue }
    ]
  }
  {
    name: 'throttled'
    text: 'Service Bus throttles the namespace: more than its credits (Standard) or its messaging units (Premium) allow.'
    severity: 2
    scope: namespaceId
    window: 'PT5M'
    criteria: [
      { metric: 'ThrottledRequests', aggregation: 'Total', operator: 'GreaterThan', threshold: 10, dimensions: nothing }
    ]
  }
  {
    name: 'broker-errors'
    text: 'Service Bus fails requests by its own fault.'
    severity: 3
    scope: namespaceId
    window: 'PT15M'
    criteria: [
      { metric: 'ServerErrors', aggregation: 'Total', operator: 'GreaterThan', threshold: 10, dimensions: nothing }
    ]
  }
  {
    name: 'queue-filling'
    text: 'The queue is four fifths full, dead letters included. When it is full, producers are refused.'
    severity: 1
    scope: namespaceId
    window: 'PT15M'
    criteria: [
      {
        metric: 'Size'
        aggregation: 'Maximum'
        operator: 'GreaterThan'
        threshold: queueSizeMegabytes * 1024 * 1024 / 5 * 4
        dimensions: ofQueue
      }
    ]
  }
  {
    name: 'restarts'
    text: 'The worker restarts again and again.'
    severity: 2
    scope: appId
    window: 'PT15M'
    criteria: [
      { metric: 'RestartCount', aggregation: 'Maximum', operator: 'GreaterThan', threshold: 3, dimensions: nothing }
    ]
  }
]

var queryRules = [
  {
    name: 'dead-letters-growing'
    text: 'The worker gives up on deliveries, many in a short time. posthorn dead-letters stats says why.'
    severity: 2
    query: loadTextContent('../queries/dead-lettered.kql')
    operator: 'GreaterThan'
    threshold: deadLettersGrowth
  }
  {
    name: 'success-ratio'
    text: 'Too few attempts succeed. The workbook shows which destinations.'
    severity: 2
    query: loadTextContent('../queries/success-percent.kql')
    operator: 'LessThan'
    threshold: successPercent
  }
  {
    name: 'pump-slow'
    text: 'A replica has not asked for mail for a minute.'
    severity: 2
    query: loadTextContent('../queries/poll-age.kql')
    operator: 'GreaterThan'
    threshold: 60
  }
  {
    name: 'pump-stopped'
    text: 'The pump of a replica has not polled for a minute, so that its liveness probe fails.'
    severity: 1
    query: loadTextContent('../queries/liveness-failures.kql')
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'queue-unavailable'
    text: 'The worker cannot reach the queue, or may not. Its log says why.'
    severity: 1
    query: loadTextContent('../queries/queue-unavailable.kql')
    operator: 'GreaterThan'
    threshold: 5
  }
  {
    name: 'scaler-failed'
    text: 'The scaler cannot read the queue\'s counts, so replicas do not follow the mail.'
    severity: 2
    query: loadTextContent('../queries/scaler-failures.kql')
    operator: 'GreaterThan'
    threshold: 3
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${name}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      for (email, index) in emails: { name: 'operator${index}', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource metrics 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in metricRules: {
    name: '${name}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: rule.text
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [rule.scope]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: map(rule.criteria, (criterion, index) => {
          name: 'criterion${index}'
          criterionType: 'StaticThresholdCriterion'
          metricName: criterion.metric
          timeAggregation: criterion.aggregation
          operator: criterion.operator
          threshold: criterion.threshold
          dimensions: criterion.dimensions
        })
      }
      actions: map(finalActions, id => { actionGroupId: id })
    }
  }
]

// The broker buries mail too (delivery count, time to live), which no log of ours tells: this learns what is usual and sees growth.
resource growth 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-dead-letters-unusual'
  location: 'global'
  tags: tags
  properties: {
    description: 'More dead letters than is usual for this queue, also those that the broker buried by itself.'
    severity: 2
    enabled: true
    autoMitigate: true
    scopes: [namespaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'growth'
          criterionType: 'DynamicThresholdCriterion'
          metricName: 'DeadletteredMessages'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          alertSensitivity: 'Medium'
          failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3 }
          dimensions: ofQueue
        }
      ]
    }
    actions: map(finalActions, id => { actionGroupId: id })
  }
}

resource queries 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in queryRules: {
    name: '${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${rule.name}'
      description: rule.text
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: replace(rule.query, '{app}', appName)
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: finalActions }
    }
  }
]
