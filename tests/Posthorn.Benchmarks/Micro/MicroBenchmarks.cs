using System.Diagnostics.CodeAnalysis;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Sealing;

namespace Posthorn.Benchmarks.Micro;

/// <summary>The steps that every message takes through the processor, each by itself: an envelope of 1 KiB with an inline secret, of the profile <c>standard</c>.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "BenchmarkDotNet calls what is marked with GlobalCleanup.")]
public class MicroBenchmarks
{
    private const int Payload = 1024;
    private static readonly Uri Url = new("http://127.0.0.1:8001/hook");
    private static readonly SigningSecret[] Secrets = [new(SignedMail.Secret)];
    private static readonly SignatureContract Contract = BuiltInProfiles.Standard.Signature ?? throw new BenchmarkException("The profile standard does not sign.");
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly Task<SendResult> Sent = Task.FromResult<SendResult>(new SendResult.Answered(200, RetryAfter: null, Extract: null) { StartedAt = Now, Duration = TimeSpan.FromMilliseconds(1) });
    private static readonly SendResult Unavailable = new SendResult.Answered(503, RetryAfter: null, Extract: null) { StartedAt = Now, Duration = TimeSpan.FromMilliseconds(1) };
    private readonly byte[] _json = Encoding.UTF8.GetBytes(SignedMail.Of("evt_1", Url, Payload));
    private readonly DeliveryPolicy _policy = new(Random.Shared, TimeSpan.FromHours(1));
    private readonly LaneSet _lanes = new(256, 16, TimeProvider.System, Random.Shared, NullLogger<LaneSet>.Instance);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-micro-");
    private readonly EnvelopeIntake _intake;
    private readonly EnvelopeReader _reader;
    private readonly CredentialResolver _resolver;
    private readonly QueueMessage _message;
    private readonly Envelope _envelope;
    private readonly Envelope _open;
    private readonly Credentials _credentials;

    /// <summary>What a worker is composed of.</summary>
    public MicroBenchmarks()
    {
        var builder = new EnvelopeBuilder(ProfileCatalog.From(new ConfigurationBuilder().Build(), new List<SettingError>()), new NetworkPolicy { AllowHttp = true, AllowLoopback = true });
        var keys = KeyRing.Open(Path.Combine(_folder.FullName, "queue.db"));
        var stores = new SecretStores();
        (_intake, _reader, _resolver) = (new EnvelopeIntake(builder, keys, stores, TimeProvider.System), new EnvelopeReader(builder), new CredentialResolver(keys, stores));
        _message = _intake.Read(_json).Message ?? throw new BenchmarkException("The envelope was refused.");
        _envelope = _reader.TryRead(_message, Now, out var read, out _) ? read : throw new BenchmarkException("The message was refused.");
        _open = _resolver.Open(_envelope);
        _credentials = new Credentials(Secrets, BearerToken: null, Destination.NoHeaders);
    }

    /// <summary>Leaves nothing behind.</summary>
    [GlobalCleanup]
    public void Clean() => _folder.Delete(recursive: true);

    /// <summary>A producer's JSON becomes a message, its secret sealed.</summary>
    [Benchmark]
    public IntakeResult Intake() => _intake.Read(_json);

    /// <summary>A leased message becomes an envelope.</summary>
    [Benchmark]
    public bool ParseLeased() => _reader.TryRead(_message, Now, out _, out _);

    /// <summary>Its seal is opened.</summary>
    [Benchmark]
    public Envelope Unseal() => _resolver.Open(_envelope);

    /// <summary>Its lane is entered, used at once and left.</summary>
    [Benchmark]
    public Task<Passage> LaneAdmission() => _lanes.PassAsync(_envelope.Destination, isRetry: false, _ => Sent, CancellationToken.None);

    /// <summary>HMAC-SHA256 over id, time and body.</summary>
    [Benchmark]
    public string Sign() => Signer.Sign(Contract, Secrets, _open.Body.Span, new TemplateValues { Id = "evt_1", Type = "bench.happened", Now = Now, Url = Url, Attempt = 1 });

    /// <summary>The request with all its headers, the signature included.</summary>
    [Benchmark]
    public void Compose() => WebhookRequest.Compose(_open, 1, _credentials, Now).Dispose();

    /// <summary>What a success means.</summary>
    [Benchmark]
    public Verdict PolicySuccess() => _policy.Decide(_envelope, 1, Sent.Result, Now);

    /// <summary>What a failure means, and when the next attempt is.</summary>
    [Benchmark]
    public Verdict PolicyRetry() => _policy.Decide(_envelope, 1, Unavailable, Now);
}
