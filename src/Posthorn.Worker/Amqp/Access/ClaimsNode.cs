using Posthorn.Amqp.Links;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;

namespace Posthorn.Worker.Amqp.Access;

/// <summary>The node <c>$cbs</c>: takes the tokens that say what a connection may use (AMQP claims-based security 1.0, as Azure has it).</summary>
internal sealed class ClaimsNode(SharedAccessKey key, TimeProvider clock)
{
    private const string SharedAccessToken = "servicebus.windows.net:sastoken";

    /// <summary>Answers a request: 202 when the claim holds, 401 when it does not.</summary>
    public ValueTask<ReadOnlyMemory<byte>> AnswerAsync(IncomingDelivery request, CancellationToken cancellationToken)
    {
        var (status, description) = Answer(request);
        using var builder = new MessageBuilder();
        builder.Properties(new MessageProperties { CorrelationId = request.Message.Properties?.MessageId })
            .ApplicationProperties(new AmqpMap { { "status-code", status }, { "status-description", description } })
            .Value(value: null);
        return new(builder.Encoded.ToArray());
    }

    private (int Status, string Description) Answer(IncomingDelivery request)
    {
        var properties = request.Message.ApplicationProperties ?? [];
        if (!properties.TryGet<string>("operation", out var operation) || operation != "put-token") return (400, "$cbs takes put-token");
        if (!properties.TryGet<string>("type", out var type) || type != SharedAccessToken)
            return (401, $"a token of type '{Shown(type)}' is not taken here, only {SharedAccessToken}: use a connection string with a SharedAccessKey");
        if (!properties.TryGet<string>("name", out var resource)) return (400, "put-token names the resource in its property 'name'");
        if (request.Message.ReadValue() is not string text || SharedAccessSignature.Read(text) is not { } token) return (401, "InvalidSignature: the token is no shared access signature");
        if (key.FaultOf(token, resource, clock.GetUtcNow()) is { } fault) return (401, $"InvalidSignature: {fault}");
        return Claims.Of(request.Link.Connection, clock).Add(EntityAddress.PathOf(token.Resource), token.ExpiresAt) ? (202, "Accepted") : (403, "too many claims on one connection");
    }

    private static string Shown(string? text) => text is null ? "" : text.Length <= 64 ? text : text[..64];
}
