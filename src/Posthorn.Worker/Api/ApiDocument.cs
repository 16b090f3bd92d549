using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Posthorn.DeadLetters;

namespace Posthorn.Worker.Api;

/// <summary>The API's own description, <c>/openapi/v1.json</c> (OpenAPI 3.1), made of what the routes say of themselves.</summary>
internal static class ApiDocument
{
    /// <summary>What deliveries can be asked for by.</summary>
    public static readonly string[] DeliveryFilters =
        ["event_id", "tenant", "type", "profile", "status", "status_code", "destination", "since", "until", "limit", "cursor"];

    /// <summary>What dead letters can be asked for by.</summary>
    public static readonly string[] DeadLetterFilters = [.. DeadLetterFilter.Fields.Select(field => field.Name)];

    private static readonly int[] Refusals = [StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests];

    public static void Add(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        services.AddOpenApi(document =>
        {
            document.AddDocumentTransformer(Introduce);
            document.AddOperationTransformer(AddInputAsync);
        });
    }

    /// <summary>Says what a route answers, and what it takes.</summary>
    /// <param name="route">The route.</param>
    /// <param name="id">The operation's id.</param>
    /// <param name="summary">What it does, in a line.</param>
    /// <param name="status">The status of success.</param>
    /// <param name="body">The body it takes, if any.</param>
    /// <param name="queries">The query parameters it knows.</param>
    public static RouteHandlerBuilder Describe<TAnswer>(
        this RouteHandlerBuilder route, string id, string summary, int status = StatusCodes.Status200OK, Type? body = null, string[]? queries = null)
    {
        route.WithName(id).WithSummary(summary).Produces<TAnswer>(status).WithMetadata(new Input(body, queries ?? []));
        foreach (var refusal in Refusals) route.ProducesProblem(refusal);
        return route;
    }

    /// <summary>Says that a route answers 204.</summary>
    public static RouteHandlerBuilder DescribeNothing(this RouteHandlerBuilder route, string id, string summary)
    {
        route.WithName(id).WithSummary(summary).Produces(StatusCodes.Status204NoContent);
        foreach (var refusal in Refusals) route.ProducesProblem(refusal);
        return route;
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "Posthorn", Version = "v1", Description = "Durable webhook delivery: send notifications, publish events, register endpoints, and see what became of it all." };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key, made by 'posthorn keys add'." },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] }];
        return Task.CompletedTask;
    }

    /// <summary>Bodies and queries are read by the routes themselves, with an error for everything wrong, so the framework does not know of them.</summary>
    private static async Task AddInputAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Input>().FirstOrDefault() is not { } input) return;
        foreach (var name in input.Queries)
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }

        if (input.Body is null) return;
        var schema = await context.GetOrCreateSchemaAsync(input.Body, parameterDescription: null, cancellationToken);
        operation.RequestBody = new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = new() { Schema = schema } } };
    }

    private sealed record Input(Type? Body, IReadOnlyList<string> Queries);
}
