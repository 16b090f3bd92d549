using System.Net;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Sending;

public class WebhookHandlerTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Fact]
    public async Task Fault_23_a_name_server_that_never_answers_is_left_at_the_deadline()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        var sending = SendAsync(Given.Production, (_, cancellation) => never.Task.WaitAsync(cancellation));

        _clock.Advance(TimeSpan.FromSeconds(16));

        (await sending).ShouldBeOfType<SendResult.Failed>().Error.ShouldBe(SendError.Timeout);
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("8.8.8.8", "::1")]
    [InlineData("169.254.169.254")]
    public async Task Fault_41_a_name_with_a_denied_address_is_refused(params string[] addresses)
    {
        var refused = (await SendAsync(Given.Production, addresses)).ShouldBeOfType<SendResult.Refused>();

        refused.Refusal.Reason.ShouldBe(DeadLetterReason.BlockedAddress);
        refused.Refusal.Detail.ShouldStartWith($"example.com resolves to {addresses[^1]}, ");
    }

    [Fact]
    public async Task Fault_41_with_a_proxy_a_name_with_a_denied_address_is_refused_before_the_proxy_is_dialled()
    {
        var policy = new NetworkPolicy { Proxy = new Uri("http://proxy.internal:3128") };

        (await SendAsync(policy, "10.0.0.1")).ShouldBeOfType<SendResult.Refused>().Refusal.Reason.ShouldBe(DeadLetterReason.BlockedAddress);
    }

    private Task<SendResult> SendAsync(NetworkPolicy policy, params string[] addresses) => SendAsync(policy, (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]));

    private async Task<SendResult> SendAsync(NetworkPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        using var http = new HttpMessageInvoker(WebhookHandler.Create(policy, maxConnectionsPerServer: 4, resolve));
        var sender = new WebhookSender(http, new CredentialResolver(new FakeSealer(), Given.SecretsIn()), policy, _clock);
        return await sender.SendAsync(Given.Envelope(), attempt: 1, CancellationToken.None);
    }
}
