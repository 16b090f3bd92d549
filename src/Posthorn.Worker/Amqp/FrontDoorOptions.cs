using System.Net;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Worker.Amqp;

/// <summary>The embedded queue's front door for Azure's SDKs. Section <c>amqp</c>.</summary>
public sealed record FrontDoorOptions
{
    /// <summary>Where it listens in Development unless it is set.</summary>
    public static readonly Uri DefaultUrl = new("amqp://127.0.0.1:5672");

    /// <summary>The key of Development, unless it is set: the one in the connection string of the vendor's emulator.</summary>
    public const string DevelopmentKey = "SAS_KEY_VALUE";

    private const string AcceptedUrl = "amqp://ADDRESS:PORT or amqps://ADDRESS:PORT, where the address is an IP address or localhost, such as amqp://127.0.0.1:5672; several with commas between; empty for none";
    private static readonly string[] Names = ["url", "queue", "sharedAccessKeyName", "sharedAccessKey", "certificate", "certificatePassword", "allowInsecure"];

    /// <summary>Where it listens. Default: <c>amqp://127.0.0.1:5672</c> in Development, nowhere elsewhere.</summary>
    public IReadOnlyList<Uri> Urls { get; init; } = [];

    /// <summary>Whether <see cref="Urls"/> is the default: when that is taken, the worker goes on without it.</summary>
    public bool IsDefaultUrl { get; init; }

    /// <summary>The name that the queue has for the SDKs. Default: <c>batch-notifications</c>.</summary>
    public string Queue { get; init; } = "batch-notifications";

    /// <summary>The name of the key. Default: <c>RootManageSharedAccessKey</c>.</summary>
    public string SharedAccessKeyName { get; init; } = "RootManageSharedAccessKey";

    /// <summary>The key. Default in Development: <see cref="DevelopmentKey"/>; elsewhere it must be set.</summary>
    public SigningSecret? SharedAccessKey { get; init; }

    /// <summary>The file of the certificate that <c>amqps</c> needs, with its key: PKCS #12 (.pfx), or PEM (.pem). Default: none.</summary>
    public string? Certificate { get; init; }

    /// <summary>The password of <see cref="Certificate"/>. Default: none.</summary>
    public SigningSecret? CertificatePassword { get; init; }

    /// <summary>Whether it may listen without TLS on another address than loopback. Default: false.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Whether it listens without TLS on another address than loopback.</summary>
    public bool IsInsecure => Urls.Any(IsOpenToReaders);

    /// <summary>Reads the section <c>amqp</c>.</summary>
    /// <param name="amqp">The section.</param>
    /// <param name="isDevelopment">Whether this is the Development environment.</param>
    /// <param name="isEmbedded">Whether the queue is the embedded one.</param>
    public static FrontDoorOptions From(SettingsSection amqp, bool isDevelopment, bool isEmbedded)
    {
        ArgumentNullException.ThrowIfNull(amqp);
        amqp.AcceptOnly(Names);
        var defaults = new FrontDoorOptions();
        var isSet = amqp.Has("url");
        var options = new FrontDoorOptions
        {
            Urls = isSet ? ReadUrls(amqp) : isDevelopment && isEmbedded ? [DefaultUrl] : [],
            IsDefaultUrl = !isSet,
            Queue = ReadQueue(amqp, defaults.Queue),
            SharedAccessKeyName = amqp.Text("sharedAccessKeyName") is { Length: > 0 } name ? name : defaults.SharedAccessKeyName,
            SharedAccessKey = Secret(amqp, "sharedAccessKey") ?? (isDevelopment ? new SigningSecret(DevelopmentKey) : null),
            Certificate = amqp.Text("certificate") is { Length: > 0 } path ? path : null,
            CertificatePassword = Secret(amqp, "certificatePassword"),
            AllowInsecure = amqp.Flag("allowInsecure", otherwise: false),
        };
        if (options.Urls.Count > 0) Check(amqp, options, isEmbedded);
        return options;
    }

    /// <summary>The address of this machine that a URL means.</summary>
    public static IPEndPoint EndPointOf(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return new IPEndPoint(IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : IPAddress.Loopback, url.Port);
    }

    /// <summary>Whether a URL is one with TLS.</summary>
    public static bool IsSecure(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.Scheme == "amqps";
    }

    private static void Check(SettingsSection amqp, FrontDoorOptions options, bool isEmbedded)
    {
        var (held, isKnown) = (string.Join(", ", options.Urls.Select(url => url.OriginalString)), options.SharedAccessKey?.Reveal() == DevelopmentKey);
        if (!isEmbedded) amqp.Wrong("url", held, "nothing, as the queue is on Azure Service Bus: only queue:kind=sqlite has a front door", options);
        if (options.SharedAccessKey is null) amqp.WrongUnshown("sharedAccessKey", "is not set, and amqp:url is", "a key of your own, best as the environment variable amqp__sharedAccessKey", options);
        if (isKnown && options.Urls.Any(url => !IsLoopback(url))) amqp.WrongUnshown("sharedAccessKey", "is the one that everybody knows, and amqp:url is not on loopback", "a key of your own", options);
        if (options.IsInsecure && !options.AllowInsecure) amqp.Wrong("url", held, "an address on loopback, where there is no TLS; amqps://; or any with amqp:allowInsecure=true", options);
        if (options.Certificate is null && options.Urls.Any(IsSecure)) amqp.WrongUnshown("certificate", "is not set, and amqp:url has an amqps", "the path of a .pfx or .pem file with a certificate and its key", options);
    }

    private static bool IsLoopback(Uri url) => IPAddress.IsLoopback(EndPointOf(url).Address);

    private static bool IsOpenToReaders(Uri url) => !IsSecure(url) && !IsLoopback(url);

    private static SigningSecret? Secret(SettingsSection amqp, string name) => amqp.Text(name) is { Length: > 0 } text ? new SigningSecret(text) : null;

    private static List<Uri> ReadUrls(SettingsSection amqp) => [.. (amqp.Texts("url") ?? []).Where(text => text.Length > 0).Select(text => ReadUrl(amqp, text)).OfType<Uri>()];

    private static Uri? ReadUrl(SettingsSection amqp, string text)
    {
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "amqp" or "amqps", PathAndQuery: "/" or "" };
        if (!isUrl || url is null) return amqp.Wrong("url", text, AcceptedUrl, (Uri?)null);
        if (url.UserInfo.Length > 0) return amqp.Wrong("url", "a URL with a user name", AcceptedUrl, (Uri?)null);
        if (url.Host != "localhost" && !IPAddress.TryParse(url.Host.Trim('[', ']'), out _)) return amqp.Wrong("url", text, AcceptedUrl, (Uri?)null);
        return url.Port >= 0 ? url : new UriBuilder(url) { Port = IsSecure(url) ? 5671 : 5672 }.Uri; // The ports of IANA.
    }

    /// <summary>As Azure has names: letters, digits, and between them periods, hyphens, underscores and slashes.</summary>
    private static string ReadQueue(SettingsSection amqp, string otherwise)
    {
        if (amqp.Text("queue") is not { } name) return otherwise;
        var isName = name.Length is > 0 and <= 260 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/');
        return isName ? name : amqp.Wrong("queue", name, "1 to 260 letters, digits, '.', '-', '_' and '/', beginning and ending with a letter or digit", otherwise);
    }
}
