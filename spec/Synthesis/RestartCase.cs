using System.Globalization;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>
/// Requests to a service with every kind of reply and failure: readable, unreadable, damaged, lost with the connection, rejected
/// once, without token counts, and a refusal.
/// </summary>
/// <param name="Requests">Number of requests.</param>
/// <param name="First">The kind of the first request; the others follow in order.</param>
/// <param name="Budget">Maximum number of replies that the budget allows; 0 for no limit.</param>
public sealed record RestartCase(int Requests, int First, int Budget)
{
    internal const int Kinds = 7, MaxTokens = 100;

    internal static readonly ModelPrice Price = new(0, 10_000);      // a dollar per hundred output tokens

    /// <summary>Maximum cost of a request in dollars.</summary>
    internal static decimal CostAtMost => Price.ComputeCost(0, MaxTokens);

    internal decimal? BudgetInDollars => Budget == 0 ? null : Budget * CostAtMost;

    internal IReadOnlyList<ModelRequest> All =>
        [
            .. Enumerable.Range(0, Requests).Select(i => new ModelRequest(
                string.Create(CultureInfo.InvariantCulture, $"r01/ğ{i}"), "bağlam", "model", "v2", "yönerge",
                string.Create(CultureInfo.InvariantCulture, $"soru {i}"), "{}", MaxTokens)),
        ];

    /// <summary>Requests, replies in doubt and dollars of a run without an interruption, by kind.</summary>
    private static readonly (int Requests, int InDoubt, decimal Cost)[] Totals =
        [(1, 0, 0.3m), (2, 0, 0.7m), (2, 0, 1.3m), (2, 1, 0.3m), (2, 0, 0.3m), (1, 0, 1), (1, 0, 0.2m)];

    /// <summary>Requests, replies in doubt and dollars of a run without an interruption.</summary>
    internal (int Requests, int InDoubt, decimal Cost) Expected =>
        Enumerable.Range(First, Requests)
            .Select(i => Totals[i % Kinds])
            .Aggregate((a, b) => (a.Requests + b.Requests, a.InDoubt + b.InDoubt, a.Cost + b.Cost));

    /// <summary>Returns what the service does when an attempt is made for the n-th time, from 0.</summary>
    /// <exception cref="ProviderException">The service fails.</exception>
    internal RawReply Serve(ModelRequest request, int attempt, int visit)
    {
        var number = int.Parse(request.User.AsSpan("soru ".Length), CultureInfo.InvariantCulture);
        return ((number + First) % Kinds, attempt, visit) switch
        {
            (1, 1, _) => Reply("yanıt ğ", 40),
            (2, _, 0) => Reply("{\"pairs\":[1]}", 50) is var whole ? whole with { Body = whole.Body[..30] } : null!,
            (3, _, 0) => throw new ProviderException("closed", FailureKind.Transient) { InDoubt = true },
            (4, _, 0) => throw new ProviderException("429", FailureKind.Transient),
            (5, _, _) => new(
                ReplyFormat.OpenAI, """{"choices":[{"message":{"content":"{\"pairs\":[5]}"}}]}""", BodyEncoding.Utf8),
            (6, _, _) => new(
                ReplyFormat.OpenAI,
                """{"choices":[{"message":{"refusal":"Hayır."}}],"usage":{"prompt_tokens":1,"completion_tokens":20}}""",
                BodyEncoding.Utf8),
            _ => Reply($"{{\"pairs\":[{number}]}}", 30),
        };
    }

    private static RawReply Reply(string text, int tokens) => RawReply.FromRecorded(new("g", 1, text, 1, tokens));
}
