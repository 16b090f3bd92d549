using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

/// <summary>The samples that people send to try the product out.</summary>
public class SampleTests
{
    private static readonly string Folder = Given.PathOf(Path.Combine("..", "Samples"));

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.json").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_sample_is_accepted_and_composed_under_the_rules_of_Development(string file)
    {
        var result = Given.Intake().Read(File.ReadAllBytes(Path.Combine(Folder, file)));

        result.Errors.ShouldBeEmpty();
        new EnvelopeReader(Given.Builder()).TryRead(result.Message.ShouldNotBeNull(), Given.Now, out var envelope, out _).ShouldBeTrue();
        using var request = WebhookRequest.Compose(envelope.ShouldNotBeNull(), 1, Given.CredentialsOf(envelope), Given.Now);
        request.Headers.Contains(envelope.Profile.Signature.ShouldNotBeNull().Header).ShouldBeTrue();
        DeliveryIsDue(envelope).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_sample_is_named_after_its_profile_and_event_and_can_be_sent_again(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file)));
        var root = json.RootElement;

        file.ShouldStartWith($"{root.GetProperty("profile").GetString()}.{root.GetProperty("type").GetString()}.");
        root.TryGetProperty("id", out _).ShouldBeFalse();
    }

    [Fact]
    public void Every_built_in_profile_has_a_sample() =>
        BuiltInProfiles.All.ShouldAllBe(profile => Directory.EnumerateFiles(Folder, profile.Name + ".*.json").Any());

    private static bool DeliveryIsDue(Envelope envelope) => envelope.DeliverAfter is null && !(envelope.ExpiresAt <= Given.Now);
}
