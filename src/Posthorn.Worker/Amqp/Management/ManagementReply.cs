using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>The answer to a request ("AMQP 1.0 in Azure Service Bus: request-response-based operations").</summary>
/// <param name="Status">An HTTP status.</param>
/// <param name="Description">What it says in words.</param>
/// <param name="Condition">Of a failure, the condition of an AMQP error.</param>
/// <param name="Body">What was asked for; null when it is nothing.</param>
internal sealed record ManagementReply(int Status, string Description, string? Condition = null, AmqpMap? Body = null)
{
    /// <summary>There is nothing of what was asked for.</summary>
    public static ManagementReply Nothing { get; } = new(204, "No content");

    /// <summary>It was done.</summary>
    public static ManagementReply Ok(AmqpMap? body = null) => new(200, "OK", Body: body);

    /// <summary>It was not done.</summary>
    public static ManagementReply Failed(int status, AmqpError error) => new(status, error.Description ?? "", error.Condition.Value);

    /// <summary>The reply as a message.</summary>
    /// <param name="request">The id of the request.</param>
    public ReadOnlyMemory<byte> Encode(object? request)
    {
        var properties = new AmqpMap { { "statusCode", Status }, { "statusDescription", Description } };
        if (Condition is not null) properties.Add("errorCondition", new Symbol(Condition));
        using var builder = new MessageBuilder();
        builder.Properties(new MessageProperties { CorrelationId = request }).ApplicationProperties(properties).Value(Body ?? []);
        return builder.Encoded.ToArray();
    }
}
