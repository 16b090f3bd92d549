using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Posthorn.Client;
using Posthorn.Client.Direct;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Client;

public class ClientRegistrationTests
{
    [Fact]
    public async Task A_registered_client_sends_with_the_configured_server_and_key()
    {
        var server = new FakeServer(_ => FakeServer.Accepted());
        var services = new ServiceCollection();
        services.AddPosthornClient(posthorn =>
        {
            posthorn.Server = new Uri("https://worker.test");
            posthorn.ApiKey = "key-1";
        }).ConfigurePrimaryHttpMessageHandler(() => server);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IPosthornClient>().EnqueueAsync(ClientFacts.Envelope());

        server.Seen.ShouldHaveSingleItem().Headers["Authorization"].ShouldBe("Bearer key-1");
    }

    [Fact]
    public void Wrong_options_end_the_start_all_named_and_the_key_not_shown()
    {
        var services = new ServiceCollection();
        services.AddPosthornClient(posthorn => (posthorn.Server, posthorn.ApiKey, posthorn.MaxRetries, posthorn.Timeout) = (new Uri("/api", UriKind.Relative), "k y", -1, TimeSpan.Zero));
        using var provider = services.BuildServiceProvider();

        var wrong = Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IPosthornClient>()).Message.ShouldBe(wrong.Message);
        foreach (var name in new[] { "Server", "ApiKey", "MaxRetries", "Timeout" }) wrong.Message.ShouldContain($"PosthornClientOptions.{name}: ");
        wrong.Message.ShouldNotContain("k y");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ftp://worker.test")]
    [InlineData("https://user:password@worker.test")]
    [InlineData("https://worker.test/?key=1")]
    public void A_server_that_cannot_be_one_is_refused_without_DI_too(string? server)
    {
        var options = new PosthornClientOptions { Server = server is null ? null : new Uri(server) };

        var wrong = Should.Throw<OptionsValidationException>(() => new PosthornClient(new HttpClient(), options, TimeProvider.System, Random.Shared));

        wrong.Message.ShouldStartWith("PosthornClientOptions.Server: ");
        wrong.Message.ShouldNotContain("password");
    }

    [Fact]
    public void Wrong_direct_options_are_all_named()
    {
        var services = new ServiceCollection();
        services.AddPosthornDirect(direct =>
        {
            direct.MaxRetries = 21;
            direct.MaxWait = TimeSpan.FromHours(1);
            direct.Endpoints.Add(new DirectEndpoint { Url = new Uri("http://localhost/"), Events = ["a.*.b"], Profile = "nobody", SecretRef = "vault:x" });
            direct.Endpoints.Add(new DirectEndpoint { Url = new Uri("https://example.com/"), Profile = "standard", Secret = new SigningSecret("whsec_!") });
        });
        using var provider = services.BuildServiceProvider();

        var wrong = Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IPosthornClient>());

        foreach (var name in new[] { "MaxRetries", "MaxWait", "Endpoints[0].Url", "Endpoints[0].Events", "Endpoints[0].Profile", "Endpoints[0].SecretRef", "Endpoints[1].Secret" })
            wrong.Message.ShouldContain($"PosthornDirectOptions.{name}: ");
        wrong.Message.ShouldNotContain("whsec_!");
    }

    [Fact]
    public void Direct_mode_takes_the_application_s_configuration_unless_it_is_given_one()
    {
        var services = new ServiceCollection();
        services.AddSingleton(Given.Configuration(("profiles:fast:retry:delays:0", "never")));
        services.AddPosthornDirect(_ => { });
        using var provider = services.BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IPosthornClient>()).Message.ShouldContain("profiles:fast");

        services.Configure<PosthornDirectOptions>(direct => direct.Configuration = new ConfigurationBuilder().Build());
        using var other = services.BuildServiceProvider();
        other.GetRequiredService<IPosthornClient>().ShouldBeOfType<DirectPosthornClient>();
    }
}
