using System.Text.Json.Serialization;
using Posthorn.DeadLetters;

namespace Posthorn.Worker.Api.Answers;

/// <summary>Writes the answers of the API: snake case, nothing that is null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(AcceptedAnswer))]
[JsonSerializable(typeof(QueueAnswer))]
[JsonSerializable(typeof(StatsAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(WebhooksAnswer))]
[JsonSerializable(typeof(TestAnswer))]
[JsonSerializable(typeof(DeliveryAnswer))]
[JsonSerializable(typeof(DeliveriesAnswer))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(ValidAnswer))]
[JsonSerializable(typeof(RecoveryAnswer))]
[JsonSerializable(typeof(RecoveriesAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(StatusHistoryAnswer))]
[JsonSerializable(typeof(RecentStatusAnswer))]
[JsonSerializable(typeof(EventTypeAnswer))]
[JsonSerializable(typeof(EventTypesAnswer))]
[JsonSerializable(typeof(DeadLettersAnswer))]
[JsonSerializable(typeof(DeadLetterDetail))]
[JsonSerializable(typeof(DeadLetterGroupsAnswer))]
[JsonSerializable(typeof(DeadLetterRunsAnswer))]
[JsonSerializable(typeof(SequencesAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
