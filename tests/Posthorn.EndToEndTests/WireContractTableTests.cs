using System.Reflection;

namespace Posthorn.EndToEndTests;

/// <summary>The README's table of what the five systems' documents ask for, and what proves each row.</summary>
public sealed class WireContractTableTests
{
    private const string Begin = "<!-- wire-contracts -->";
    private const string End = "<!-- /wire-contracts -->";
    private const string Standard = "Standard Webhooks 1.0";
    private const string Stages = "MoRAG stages and steps";
    private const string Tasks = "MoRAG tasks";
    private const string Batches = "Papr batches";
    private const string Files = "File conversion";
    private const string Proposals = "Proposal generator";
    private const string OnTheWire = "ProfilesOnTheWireTests.Every_profile_arrives_as_its_document_says_when_sent_by_the_API";
    private const string Golden = "WireTests.The_request_of_a_profile_is_this";
    private const string Waits = "RetryScheduleTests.The_waits_of_a_profile_are_these_seconds";
    private const string Statuses = "DeliveryPolicyTests.Fault_33_a_status_means_this_to_a_profile";
    private const string Variables = "ConfiguredProfileTests.The_environment_variables_of_the_documents_are_followed";
    private const string FileDocument = "FileConversionTests.The_consumer_of_seeds_003_lives_through_its_whole_document";
    private const string ProposalDocument = "ProposalConsumerTests.The_consumer_of_seeds_004_is_verified_and_gets_its_events_and_only_those_over_a_restart";
    private const string Listener = "NewcomerTests.The_listener_sees_a_delivery_arrive_verified_after_the_failures_it_was_asked_for";
    private const string Deadline = "DeliveryPolicyTests.Fault_16_a_passed_deadline_is_not_sent";

    private static readonly Row[] Rows =
    [
        new(Standard, "the body, byte for byte, and the signature over id, time and body", OnTheWire),
        new(Standard, "the whole request", Golden),
        new(Standard, "retries over three days", Waits),
        new(Standard, "410 ends it, any 2xx is a success", Statuses),
        new(Standard, "expiry after 4 days", Deadline),
        new(Standard, "two signatures while a secret rotates", "SecretRotationTests.Fault_56_after_a_rotation_a_request_carries_the_signatures_of_the_new_secret_and_of_the_old"),

        new(Stages, "the bodies and signatures of `stage_completed`, `pipeline_completed` and the steps", OnTheWire),
        new(Stages, "`Authorization: Bearer`", "ProfilesOnTheWireTests.Morag_takes_a_bearer_token_and_an_envelope_brings_its_own_headers"),
        new(Stages, "the validator takes every body the document prints", "SchemaTests.The_bodies_that_seeds_000_prints_are_accepted"),
        new(Stages, "a wrong stage body is refused with every error", "SchemaTests.A_stage_body_that_fails_is_422_with_every_error_and_its_path"),
        new(Stages, "a wrong step body is refused with every error", "SchemaTests.A_step_body_that_fails_is_422_with_every_error_and_its_path"),
        new(Stages, "3 retries after 5, 10 and 20 s", Waits),
        new(Stages, "`WEBHOOK_TIMEOUT`, `WEBHOOK_MAX_RETRIES`, `WEBHOOK_RETRY_DELAY`", Variables),
        new(Stages, "status of a stage by its `source_path`", "StatusTests.A_stage_is_followed_by_its_source_path_escaped"),
        new(Stages, "status of a step by its `task_id`", "StatusTests.A_step_is_followed_by_its_task_id"),
        new(Stages, "the testing receiver on port 8001", Listener),

        new(Tasks, "`{event_type, timestamp, data}` and its signature", OnTheWire),
        new(Tasks, "progress at 25, 50 and 75 %", "ThrottleTests.Task_progress_goes_out_at_the_milestones_of_seeds_001"),
        new(Tasks, "`GET /api/v1/status/{task_id}` and `/history`, from events", "StatusTests.A_task_is_followed_from_its_events"),
        new(Tasks, "the same from notifications", "StatusTests.A_task_is_followed_from_its_notifications"),
        new(Tasks, "`GET /api/v1/status/events/recent?hours=24`", "StatusTests.What_is_recent_is_shown_newest_first_within_the_hours_asked_for"),
        new(Tasks, "`Authorization: Bearer {api_key}`", "RolesTests.Without_a_key_or_with_a_wrong_one_every_route_is_401"),
        new(Tasks, "3 retries after 5, 10 and 20 s", Waits),
        new(Tasks, "`WEBHOOK_TIMEOUT`, `WEBHOOK_MAX_RETRIES`, `WEBHOOK_RETRY_DELAY`", Variables),

        new(Batches, "the body, `X-Webhook-Secret`, `-Signature`, `-Event`, `-Timestamp` and the `User-Agent`", OnTheWire),
        new(Batches, "no secret: no signature and no `X-Webhook-Secret`", "ProfilesOnTheWireTests.Without_a_secret_nothing_is_signed_and_no_secret_is_sent"),
        new(Batches, "200, 201 and 202 are success, everything else is retried", Statuses),
        new(Batches, "5 retries after 1, 2, 4, 8 and 16 s, with jitter", Waits),
        new(Batches, "`WEBHOOK_MAX_RETRIES`, `WEBHOOK_RETRY_DELAY`", Variables),
        new(Batches, "direct delivery with 3 retries", "ClientTests.Direct_mode_delivers_a_papr_batch_notification_signed_and_retries_three_times"),
        new(Batches, "the log lines that operators watch", "OperatorLinesTests.A_batch_is_logged_in_the_words_of_its_document"),
        new(Batches, "dead letters: what failed and why", "NetworkStatusTests.Fault_35_what_always_fails_rests_as_RetriesExhausted_with_every_attempt"),

        new(Files, "the consumer's code takes `{event, timestamp, data}` and its signature", FileDocument),
        new(Files, "`POST`, `GET`, `PUT` and `DELETE /api/webhooks`, with the document's bodies", FileDocument),
        new(Files, "`GET /api/webhooks/{id}/deliveries` with status codes and response times", FileDocument),
        new(Files, "what a `PUT` leaves out stays", "FileConversionTests.A_partial_update_leaves_what_is_absent"),
        new(Files, "the whole request", Golden),

        new(Proposals, "the consumer's code takes `{id, type, timestamp, data}` and its signature", ProposalDocument),
        new(Proposals, "`POST /api/webhooks` with a secret, and the challenge", ProposalDocument),
        new(Proposals, "`pending` until the challenge is answered", "VerificationTests.A_pending_endpoint_gets_nothing_until_verify_makes_it_active"),
        new(Proposals, "`GET`, `PUT` and `DELETE /api/webhooks/{id}`", "ProposalConsumerTests.Managing_webhooks_goes_as_seeds_004_says"),
        new(Proposals, "`POST /api/webhooks/{id}/test`", "TestEventTests.A_test_event_is_accepted_and_arrives_though_the_endpoint_did_not_subscribe_to_it"),
        new(Proposals, "the same `id` again after a retry", "ProposalConsumerTests.A_retry_has_the_id_by_which_the_consumer_of_seeds_004_knows_what_it_has_processed"),
        new(Proposals, "`job.progress` once per 10 s and job", "ThrottleTests.Progress_goes_out_once_a_window_and_job_and_the_newest_one_arrives"),
        new(Proposals, "events older than 24 h are dropped", "ThrottleTests.A_proposal_event_older_than_24_hours_is_dropped_and_the_log_says_so"),
        new(Proposals, "5 retries after 1, 2, 4, 8 and 16 s", "RetryingTests.Proposal_waits_its_own_one_and_two_seconds"),
        new(Proposals, "4xx is final, but for 408, 425 and 429", Statuses),
        new(Proposals, "https only outside local development", "AddressProductionTests.Fault_42_the_API_refuses_http_and_loopback_with_400"),
    ];

    [Fact]
    public void Every_row_stands_in_the_readme_and_no_other()
    {
        var readme = File.ReadAllText(Path.Combine(Documents.Root, "README.md"));
        var (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal), readme.IndexOf(End, StringComparison.Ordinal));
        begin.ShouldBeGreaterThan(0);
        end.ShouldBeGreaterThan(begin);

        readme[(begin + Begin.Length)..end].Trim().ShouldBe(string.Join('\n', ["| Document | Feature | Proved by |", "|---|---|---|", .. Rows.Select(row => $"| {row.Document} | {row.Feature} | `{row.Test}` |")]));
    }

    [Fact]
    public void Every_test_that_is_named_is_there()
    {
        var here = Assembly.GetExecutingAssembly().GetTypes().SelectMany(type => type.GetMethods().Where(IsTest).Select(method => $"{type.Name}.{method.Name}")).ToHashSet(StringComparer.Ordinal);

        Rows.Select(row => row.Test).Where(test => !here.Contains(test) && !StandsInSource(test)).ShouldBeEmpty();
    }

    private static bool IsTest(MethodInfo method) => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute);

    /// <summary>Whether another test project has it: a class in a file of its name, and the method with a parenthesis after it.</summary>
    private static bool StandsInSource(string test)
    {
        var (type, method) = (test.Split('.')[0], test.Split('.')[1]);
        return Directory.EnumerateFiles(Path.Combine(Documents.Root, "tests"), $"{type}.cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file) is var source && source.Contains($"class {type}", StringComparison.Ordinal) && source.Contains($" {method}(", StringComparison.Ordinal));
    }

    private sealed record Row(string Document, string Feature, string Test);
}
