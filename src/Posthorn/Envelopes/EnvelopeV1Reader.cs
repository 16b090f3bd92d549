namespace Posthorn.Envelopes;

/// <summary>
/// Reads version 1 of the envelope's JSON strictly: unknown, mistyped and duplicate fields are noted, each with its path, and
/// everything wrong is noted in one pass.
/// </summary>
internal static class EnvelopeV1Reader
{
    /// <summary>Reads the fields; null when the text is no JSON object.</summary>
    public static EnvelopeV1? Read(ReadOnlyMemory<byte> utf8, ICollection<EnvelopeError> errors) => JsonFields.Read(utf8, "an envelope", ReadEnvelope, errors);

    private static EnvelopeV1 ReadEnvelope(JsonFields fields)
    {
        fields.AcceptOnly(
            "id", "type", "profile", "tenant", "subject", "time", "deliver_after", "expires_at", "ordering_key", "destination",
            "content_type", "data", "data_base64");
        var binary = fields.Base64("data_base64");
        var data = fields.Raw("data");
        if (binary is not null && data is not null) fields.Note("data_base64", "stands beside data; give one of them");
        return new EnvelopeV1
        {
            Id = fields.Text("id"),
            Type = fields.Text("type"),
            Profile = fields.Text("profile"),
            Tenant = fields.Text("tenant"),
            Subject = fields.Text("subject"),
            Time = fields.Text("time"),
            DeliverAfter = fields.Text("deliver_after"),
            ExpiresAt = fields.Text("expires_at"),
            OrderingKey = fields.Text("ordering_key"),
            ContentType = fields.Text("content_type"),
            Destination = fields.Has("destination") ? ReadDestination(fields.Object("destination")) : new DestinationV1(),
            Data = data ?? binary,
            IsBinary = data is null && fields.Has("data_base64"),
        };
    }

    private static DestinationV1 ReadDestination(JsonFields fields)
    {
        if (!fields.IsObject) return new DestinationV1();
        fields.AcceptOnly("url", "secret", "secret_ref", "bearer_token", "bearer_token_ref", "headers");
        return new DestinationV1
        {
            Url = fields.Text("url"),
            Secret = fields.Secret("secret"),
            SecretRef = fields.Text("secret_ref"),
            BearerToken = fields.Secret("bearer_token"),
            BearerTokenRef = fields.Text("bearer_token_ref"),
            Headers = fields.Has("headers") ? fields.Object("headers").ToHeaders() : null,
        };
    }
}
