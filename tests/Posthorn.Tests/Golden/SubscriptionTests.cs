using System.Globalization;
using System.Text;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Golden;

/// <summary>What the built-in profiles say of events and endpoints, and the messages that an event and a delivery are on the queue.</summary>
public class SubscriptionTests
{
    [Fact]
    public void The_subscriptions_of_the_profiles_are_these()
    {
        var text = new StringBuilder();
        foreach (var profile in BuiltInProfiles.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{profile.Name}\n  events: {string.Join(", ", profile.Events)}\n  entity: {string.Join(", ", profile.Entity)}\n");
            foreach (var (type, rule) in profile.Throttle) text.Append(CultureInfo.InvariantCulture, $"  throttle: {type} {TextOf(rule)}\n");
            text.Append(CultureInfo.InvariantCulture, $"  verifies endpoints: {profile.VerifiesEndpoints}\n");
        }

        GoldenFile.ShouldHold("subscriptions.txt", text.ToString());
    }

    [Fact]
    public void The_message_of_an_event_is_this()
    {
        var told = Given.Event("job.progress", """{"job_id":"j1", "progress":0.5}""", tenant: "a") with { Subject = "s", Profile = "proposal", SentUpTo = "wh_0", IsOperational = true };

        GoldenFile.ShouldHold("event.txt", TextOf(EventProperties.Write(told, new byte[] { 1, 2 }, step: 3)));
    }

    [Fact]
    public void The_message_of_a_delivery_to_an_endpoint_is_this()
    {
        var told = Given.Event("job.progress", """{"job_id":"j1", "progress":0.5}""", tenant: "a") with { Subject = "s" };
        var envelope = EndpointEnvelope.Of(told, Given.Endpoint(), Given.Profile("proposal"), Given.Now.AddHours(24)) with { Stream = new EventStream("wh_1|job.progress|j1", 7), IsTest = true };

        GoldenFile.ShouldHold("delivery.txt", TextOf(EnvelopeProperties.Write(envelope, default)));
    }

    private static string TextOf(ThrottleRule rule) => rule switch
    {
        ThrottleRule.Window window => $"newest of {window.Length:c}",
        ThrottleRule.Milestones milestones => string.Create(CultureInfo.InvariantCulture, $"first at or past {string.Join(" ", milestones.At.Select(at => at.ToString(CultureInfo.InvariantCulture)))} of {milestones.Progress}"),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, message: null),
    };

    private static string TextOf(QueueMessage message)
    {
        var text = new StringBuilder($"{message.MessageId}\n{message.ContentType}\n");
        foreach (var (name, value) in message.Properties) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        return text.Append('\n').Append(Encoding.UTF8.GetString(message.Body.Span)).Append('\n').ToString();
    }
}
