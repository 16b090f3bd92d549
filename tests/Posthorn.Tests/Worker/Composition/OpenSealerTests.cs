using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Delivery;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Tests.Support;
using Posthorn.Worker.Composition;
using Posthorn.Worker.Sealing;

namespace Posthorn.Tests.Worker.Composition;

/// <summary>What a configuration seals with, over folders of its own.</summary>
public sealed class OpenSealerTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);
    private static readonly string Other = Convert.ToBase64String([.. Enumerable.Range(100, 32).Select(n => (byte)n)]);
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-sealer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Replicas_with_one_key_open_each_other_s_seals_and_make_no_ring()
    {
        var (here, there) = (OpenSealer.Open(Settings("here", Key)), OpenSealer.Open(Settings("there", Key)));

        there.Unseal(here.Seal(Secret)).ShouldBe(Secret);
        Directory.EnumerateFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_key_they_do_not()
    {
        var (here, there) = (OpenSealer.Open(Settings("here", "")), OpenSealer.Open(Settings("there", "")));

        here.Unseal(here.Seal(Secret)).ShouldBe(Secret);
        Should.Throw<SecretUnavailableException>(() => there.Unseal(here.Seal(Secret)));
    }

    [Fact]
    public async Task What_one_replica_accepts_the_other_delivers()
    {
        await using var parts = new Parts();
        var intake = new EnvelopeIntake(Given.Builder(), OpenSealer.Open(Settings("here", Key)), Given.SecretsIn(), parts.Clock);
        var accepted = intake.Read(System.Text.Encoding.UTF8.GetBytes($$"""{"type":"a.b","destination":{"url":"https://example.com/hook","secret":"{{Secret}}"},"data":1}""")).Message.ShouldNotBeNull();

        (await DeliveredAsync(parts, accepted, Settings("there", Other))).ShouldBeOfType<Settlement.Retried>().Attempt.Error.ShouldBe("SecretUnavailable");
        parts.Receiver.Requests.ShouldBeEmpty();
        (await DeliveredAsync(parts, accepted, Settings("there", Key))).ShouldBeOfType<Settlement.Completed>();

        parts.Receiver.Requests.ShouldHaveSingleItem().Headers["webhook-signature"].ShouldStartWith("v1,");
    }

    [Fact]
    public void What_the_ring_beside_the_queue_sealed_is_opened_after_a_key_came()
    {
        var before = OpenSealer.Open(Settings("here", "")).Seal(Secret);

        var after = OpenSealer.Open(Settings("here", Key));

        after.Unseal(before).ShouldBe(Secret);
        after.Seal(Secret).ShouldStartWith("psk1.");
    }

    [Fact]
    public void A_mounted_file_is_as_good_as_the_key_itself()
    {
        var file = Write($"{Other}\n{Key}\n");

        OpenSealer.Open(Settings("here", $"file:{file}")).Unseal(OpenSealer.Open(Settings("there", Key)).Seal(Secret)).ShouldBe(Secret);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("a passphrase that is none")]
    [InlineData("AAAA")]
    public void Fault_66_a_file_without_a_key_is_refused_and_not_shown(string text)
    {
        var file = Write(text);

        var refused = Should.Throw<SettingsException>(() => OpenSealer.Open(Settings("here", $"file:{file}")));

        refused.Message.ShouldBe($"sealing:key: the file '{file}' holds something that is not a key (it is not shown); accepted: {SealingKey.Accepted}");
    }

    [Theory]
    [InlineData("absent")]
    [InlineData(".")]
    [InlineData("absent/too")]
    public void Fault_66_a_file_that_cannot_be_read_is_refused(string name)
    {
        var path = Path.Combine(_folder, name);

        Should.Throw<SettingsException>(() => OpenSealer.Open(Settings("here", $"file:{path}"))).Message.ShouldStartWith($"sealing:key: the file '{path}' cannot be read: ");
    }

    [Fact]
    public void Fault_66_an_empty_path_is_refused() => Should.Throw<SettingsException>(() => OpenSealer.Open(Settings("here", "file:"))).Message.ShouldStartWith("sealing:key: ");

    [Fact]
    public void Fault_66_a_worker_that_cannot_seal_names_what_it_seals_with()
    {
        var refused = new QueueUnavailableException("broken");

        OpenQueue.CannotSeal(Settings("here", Key), refused).Message.ShouldBe($"sealing:key: broken; accepted: {SealingKey.Accepted}");
        OpenQueue.CannotSeal(Settings("here", ""), refused).Message.ShouldBe("queue:sqlite:path: broken; accepted: a path beside which the key ring can be read and written");
    }

    private static async Task<Settlement?> DeliveredAsync(Parts parts, QueueMessage message, WorkerSettings settings)
    {
        var sender = new WebhookSender(new HttpMessageInvoker(parts.Receiver), new CredentialResolver(OpenSealer.Open(settings), Given.SecretsIn()), Given.Development, parts.Clock);
        var handler = new DeliveryHandler(
            new EnvelopeReader(Given.Builder()), parts.Gate, parts.Lanes, sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
            new RecentOutcomes(), parts.Journal, parts.Clock, NullLogger<DeliveryHandler>.Instance);
        var lease = new FakeLease(message);
        await handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "key.txt");
        File.WriteAllText(path, text);
        return path;
    }

    private WorkerSettings Settings(string name, string key) =>
        WorkerSettings.Load(new Dictionary<string, string?> { ["queue:sqlite:path"] = Path.Combine(_folder, name, "queue.db"), ["sealing:key"] = key }, "Production");
}
