using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Posthorn.Client.Direct;

namespace Posthorn.Client;

/// <summary>Registers <see cref="IPosthornClient"/>. Wrong options end the host's start, with all of them named.</summary>
public static class PosthornServiceCollectionExtensions
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2); // A changed DNS record is followed within this time.

    /// <summary>Registers a client of a worker's API. A registered <see cref="TimeProvider"/> is used.</summary>
    /// <returns>The HTTP client's builder, for handlers of the caller's own; its <c>Services</c> go on with the registrations.</returns>
    public static IHttpClientBuilder AddPosthornClient(this IServiceCollection services, Action<PosthornClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton<IValidateOptions<PosthornClientOptions>>(PosthornClientOptions.Rules);
        services.AddOptions<PosthornClientOptions>().Configure(configure).ValidateOnStart();
        return services
            .AddHttpClient(PosthornClient.HttpClientName, http => http.Timeout = Timeout.InfiniteTimeSpan) // Each try has its own deadline.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ConnectionLifetime })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // So that a singleton may hold the client.
            .AddTypedClient<IPosthornClient>((http, provider) =>
                new PosthornClient(http, provider.GetRequiredService<IOptions<PosthornClientOptions>>().Value, ClockOf(provider), Random.Shared));
    }

    /// <summary>
    /// Registers a client that delivers by itself, at once, and keeps nothing: for development. Secrets and profiles come from the
    /// application's configuration unless the options bring one.
    /// </summary>
    public static IServiceCollection AddPosthornDirect(this IServiceCollection services, Action<PosthornDirectOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton<IValidateOptions<PosthornDirectOptions>>(PosthornDirectOptions.Rules);
        services.AddOptions<PosthornDirectOptions>()
            .Configure(configure)
            .PostConfigure<IServiceProvider>((options, provider) => options.Configuration ??= provider.GetService<IConfiguration>())
            .ValidateOnStart();
        return services.AddSingleton<IPosthornClient>(provider =>
            new DirectPosthornClient(provider.GetRequiredService<IOptions<PosthornDirectOptions>>().Value, ClockOf(provider), Random.Shared));
    }

    private static TimeProvider ClockOf(IServiceProvider provider) => provider.GetService<TimeProvider>() ?? TimeProvider.System;
}
