namespace Posthorn.EndToEndTests;

/// <summary>The log lines that seeds/002 tells its operators to watch.</summary>
public sealed class OperatorLinesTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Theory]
    [InlineData(200, "550e8400-e29b-41d4-a716-446655440000", "Webhook sent successfully for batch 550e8400-e29b-41d4-a716-446655440000")]
    [InlineData(500, "batch-that-fails", "Failed to send webhook for batch batch-that-fails")]
    [InlineData(202, "two\\nlines", "Webhook sent successfully for batch two\uFFFDlines")]
    public async Task A_batch_is_logged_in_the_words_of_its_document(int status, string batch, string line)
    {
        await using var consumer = await Consumer.StartAsync(_ => new Reply(status));

        await _harness.AcceptAsync(Envelopes.Of($"evt_batch-{status}", consumer.Url(), "papr-batch", data: $$"""{"batch_id":"{{batch}}","status":"completed"}"""));

        await Harness.UntilAsync(() => _harness.DescribeProcesses().Contains(line, StringComparison.Ordinal), line, _harness.DescribeProcesses);
    }
}
