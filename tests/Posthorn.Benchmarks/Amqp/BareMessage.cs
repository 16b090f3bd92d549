using System.Text;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>A message as the README's producers write it.</summary>
internal sealed record BareMessage(string Id, string Type, Uri Url, string SecretRef, string Payload)
{
    /// <summary>Writes it, and nothing else, into a builder.</summary>
    public MessageBuilder Write(MessageBuilder builder)
    {
        builder.Clear();
        return builder
            .Properties(new MessageProperties { MessageId = Id, Subject = Type, ContentType = "application/json" })
            .ApplicationProperties(new AmqpMap { ["url"] = Url.OriginalString, ["profile"] = "standard", ["secret_ref"] = SecretRef })
            .Data(Encoding.UTF8.GetBytes(Payload));
    }
}
