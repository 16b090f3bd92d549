using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Profiles;

/// <summary>Reads one profile of the configuration as changes to the profile it extends.</summary>
internal static class ProfileReader
{
    private const int MaxRetries = 100;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MonthOfDelay = TimeSpan.FromDays(30);
    private static readonly Placeholder[] InHeaders = [.. Enum.GetValues<Placeholder>().Except([Placeholder.Body, Placeholder.Hex, Placeholder.Base64])];
    private static readonly Placeholder[] InContent = [.. InHeaders.Except([Placeholder.Secret]), Placeholder.Body];
    private static readonly Placeholder[] InValue = [.. InContent.Except([Placeholder.Body]), Placeholder.Hex, Placeholder.Base64];

    public static Profile Read(string name, SettingsSection section, Profile parent)
    {
        section.AcceptOnly("extends", "body", "signature", "headers", "userAgent", "success", "final", "gone", "retry", "timeout", "expiry", "expiryFrom", "onExpiry", "events", "entity", "throttle", "verifiesEndpoints", "traceContext");
        return parent with
        {
            Name = name,
            Body = ReadBody(section, parent.Body),
            Signature = ReadSignature(section, parent.Signature),
            Headers = ReadHeaders(section.Child("headers"), parent.Headers),
            UserAgent = section.Text("userAgent") switch
            {
                null => parent.UserAgent,
                "" => null,
                var text => HeaderNames.IsValue(text) ? text : section.Wrong("userAgent", text, "visible ASCII and inner spaces", text),
            },
            Success = ReadStatuses(section, "success", parent.Success),
            Final = ReadStatuses(section, "final", parent.Final),
            Gone = ReadStatuses(section, "gone", parent.Gone),
            Retry = ReadRetry(section, parent.Retry),
            Timeout = section.Duration("timeout", parent.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
            Expiry = section.OptionalDuration("expiry", parent.Expiry, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
            ExpiryFrom = section.Choice("expiryFrom", parent.ExpiryFrom),
            OnExpiry = section.Choice("onExpiry", parent.OnExpiry),
            Events = SubscriptionReader.ReadEvents(section, parent.Events),
            Entity = SubscriptionReader.ReadEntity(section, parent.Entity),
            Throttle = SubscriptionReader.ReadThrottle(section, parent.Throttle),
            VerifiesEndpoints = section.Flag("verifiesEndpoints", parent.VerifiesEndpoints),
            TraceContext = section.Flag("traceContext", parent.TraceContext),
        };
    }

    /// <summary>Applies the environment variables that seeds of the built-in profiles name; they hold seconds and a count.</summary>
    public static Profile WithWebhookVariables(Profile profile, SettingsSection root)
    {
        if (!profile.HonoursWebhookVariables) return profile;
        var retry = profile.Retry;
        var first = root.Seconds("WEBHOOK_RETRY_DELAY", 0.001, MonthOfDelay.TotalSeconds) ?? retry.Base ?? retry.Delays[0];
        var cap = retry.Cap ?? RetrySchedule.DefaultCap;
        return profile with
        {
            Timeout = root.Seconds("WEBHOOK_TIMEOUT", 0.1, 600) ?? profile.Timeout,
            Retry = RetrySchedule.Exponential(root.Integer("WEBHOOK_MAX_RETRIES", retry.Delays.Count, 0, MaxRetries), first, first > cap ? first : cap, retry.Jitter),
        };
    }

    private static BodyLayout ReadBody(SettingsSection section, BodyLayout parent)
    {
        if (!section.Has("body")) return parent;
        var body = section.SectionOrText("body");
        if (section.Text("body") is { } text)
            return text == "data" ? BodyLayout.Data : section.Wrong("body", text, "data, or an object of the keys id, type, time, data", parent);

        body.AcceptOnly("id", "type", "time", "data");
        if (string.IsNullOrEmpty(body.Text("data"))) return body.Wrong("data", "", "the key that the data is put under", parent);
        return new BodyLayout { IdKey = body.Text("id"), TypeKey = body.Text("type"), TimeKey = body.Text("time"), DataKey = body.Text("data") };
    }

    private static SignatureContract? ReadSignature(SettingsSection section, SignatureContract? parent)
    {
        if (!section.Has("signature")) return parent;
        var signature = section.Child("signature");
        signature.AcceptOnly("header", "value", "content", "key", "prefix", "separator");
        var header = signature.Text("header") ?? parent?.Header;
        if (string.IsNullOrEmpty(header)) return null;
        if (!IsSendable(header)) signature.Wrong("header", header, "an HTTP header name, but none of HTTP's own; empty sends no signature", header);

        var value = ReadTemplate(signature, "value", parent?.Value ?? Template.Parse("{hex}"), InValue);
        if (!value.Uses(Placeholder.Hex) && !value.Uses(Placeholder.Base64)) signature.Wrong("value", value.Text, "a text with {hex} or {base64}", value);
        var content = ReadTemplate(signature, "content", parent?.Content ?? Template.Parse("{body}"), InContent);
        if (!content.Uses(Placeholder.Body)) signature.Wrong("content", content.Text, "a text with {body}", content);
        // What stands around a value belongs to it: another value does not inherit them.
        var around = signature.Has("value") ? null : parent;
        var prefix = signature.Text("prefix") switch { null => around?.Prefix, "" => null, _ => ReadTemplate(signature, "prefix", value, InContent) };
        return new SignatureContract
        {
            Header = header,
            Value = value,
            Content = content,
            Key = signature.Choice("key", parent?.Key ?? KeyEncoding.Utf8),
            Prefix = prefix,
            Separator = signature.Text("separator") switch { null => around?.Separator, "" => null, var text => text },
        };
    }

    private static List<HeaderTemplate> ReadHeaders(SettingsSection section, IReadOnlyList<HeaderTemplate> parent)
    {
        var headers = parent.ToList();
        foreach (var name in section.Names)
        {
            var at = headers.FindIndex(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (at >= 0) headers.RemoveAt(at);
            if (section.Text(name) is not { Length: > 0 } text) continue;
            if (!IsSendable(name)) section.Wrong(name, text, "as the key an HTTP header name, but none of HTTP's own", text);
            var value = ReadTemplate(section, name, Template.Parse(""), InHeaders);
            headers.Insert(at < 0 ? headers.Count : at, new HeaderTemplate(name, value));
        }

        return headers;
    }

    private static Template ReadTemplate(SettingsSection section, string name, Template otherwise, Placeholder[] accepted)
    {
        if (section.Text(name) is not { } text) return otherwise;
        var spelled = string.Join(' ', accepted.Select(Placeholders.Spelling));
        var isUsable = Template.TryParse(text, out var template, out _)
            && template.Parts.All(part => part.Placeholder is { } used ? accepted.Contains(used) : !part.Literal.AsSpan().ContainsAnyExceptInRange(' ', '~'));
        return isUsable && template is not null ? template : section.Wrong(name, text, $"visible ASCII with the placeholders {spelled}", otherwise);
    }

    private static bool IsSendable(string header) => HeaderNames.IsToken(header) && !HeaderRules.IsReserved(header);

    private static StatusSet ReadStatuses(SettingsSection section, string name, StatusSet otherwise)
    {
        if (section.Texts(name) is not { } texts) return otherwise;
        return StatusSet.TryParse(texts, out var set, out var bad) ? set : section.Wrong(name, bad, "statuses and ranges such as 200-299 and 410", otherwise);
    }

    private static RetrySchedule ReadRetry(SettingsSection section, RetrySchedule parent)
    {
        if (!section.Has("retry")) return parent;
        var retry = section.Child("retry");
        retry.AcceptOnly("delays", "jitter", "max", "base", "cap");
        var jitter = retry.Number("jitter", parent.Jitter, 0, 0.9);
        if (retry.Has("delays") && (retry.Has("max") || retry.Has("base") || retry.Has("cap"))) retry.Wrong("delays", "delays beside max, base or cap", "one of the two ways", 0);
        if (retry.Has("delays")) return RetrySchedule.Listed(ReadDelays(retry), jitter);
        if (!retry.Has("max") && !retry.Has("base") && !retry.Has("cap") && parent.Base is null) return RetrySchedule.Listed(parent.Delays, jitter);

        return RetrySchedule.Exponential(
            retry.Integer("max", parent.Delays.Count, 0, MaxRetries),
            retry.Duration("base", parent.Base ?? TimeSpan.FromSeconds(5), Millisecond, MonthOfDelay),
            retry.Duration("cap", parent.Cap ?? RetrySchedule.DefaultCap, Millisecond, MonthOfDelay),
            jitter);
    }

    private static List<TimeSpan> ReadDelays(SettingsSection retry)
    {
        var delays = new List<TimeSpan>();
        foreach (var text in retry.Texts("delays") ?? [])
        {
            if (SettingsSection.TryDuration(text, out var delay) && delay >= TimeSpan.Zero && delay <= MonthOfDelay && delays.Count < MaxRetries) delays.Add(delay);
            else retry.Wrong("delays", text, $"up to {MaxRetries} durations [d.]hh:mm:ss up to {MonthOfDelay:c}", delay);
        }

        return delays;
    }
}
