using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Reviews replies of one model, or of all.</summary>
public delegate Review ReviewReplies(Blueprint blueprint, ChunkSet chunks, IReadOnlyList<RepliedEntry> replies, string? model);

/// <summary>Which of several replies and verdicts counts.</summary>
public static class ReviewSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN10_Latest];

    /// <summary>SYN-10.</summary>
    public static readonly Requirement<ReviewCase, ReviewReplies> SYN10_Latest = new()
    {
        Id = "SYN-10",
        Statement = "The latest readable reply about the chunks as they are counts for a group, and the latest readable verdict "
            + "about them for a pair; a group without such a reply is unanswered.",
        Source = "BUG-SYN-04, BUG-SYN-05; easy-dataset #223 (writes that overwrote the data set)",
        CanonicalCases = [new(1, 5), new(2, 11), new(3, 29)],
        Subject = (_, _) => Review,
        Holds = (review, c, _) => Verdict.All(
            new string?[] { null, ReviewCase.Model, ReviewCase.OtherModel }.Select(model =>
                Verdict.SameElements(
                    c.Expected(model), Outcomes(review(c.Blueprint, c.Chunks, c.Replies, model)),
                    $"outcome with {model ?? "any model"}"))),
        Impostors = new()
        {
            ["replies about changed chunks count"] = With((c, replies) =>
                replies.Select(reply => IsVerdict(reply) ? reply : reply with { Context = c.CurrentContext(reply) })),
            ["verdicts about changed chunks count"] = With((c, replies) =>
                replies.Select(reply => IsVerdict(reply) ? reply with { Context = c.CurrentContext(reply) } : reply)),
            ["the first reply counts"] = With((c, replies) => replies
                .Where(reply => IsVerdict(reply) || IsCurrent(reply, c))
                .DistinctBy(reply => IsVerdict(reply) ? reply.Request : $"{reply.Group} {reply.Model}")),
            ["the first verdict counts"] = With((c, replies) => replies
                .Where(reply => !IsVerdict(reply) || IsCurrent(reply, c))
                .DistinctBy(reply => IsVerdict(reply) ? reply.Group : reply.Request)),
            ["the first reply of any model counts"] = With((c, replies) => replies
                .Where(reply => IsVerdict(reply) || IsCurrent(reply, c))
                .DistinctBy(reply => IsVerdict(reply) ? reply.Request : reply.Group)),
            ["one objection is enough"] = With((_, replies) => replies
                .OrderBy(reply => IsVerdict(reply) && reply.Text.Contains("false", StringComparison.Ordinal) ? 1 : 0)),
            ["verdicts do not count"] = With((_, replies) => replies.Where(reply => !IsVerdict(reply))),
            ["a reply after an unreadable one is needed"] = With((_, replies) => replies
                .GroupBy(reply => reply.Group)
                .SelectMany(group => group.Last().IsReadable ? [.. group] : Array.Empty<RepliedEntry>())),
            ["the model does not matter"] = (_, _) => (blueprint, chunks, replies, _) => Review(blueprint, chunks, replies, null),
        },
    };

    private static Review Review(
        Blueprint blueprint, ChunkSet chunks, IReadOnlyList<RepliedEntry> replies, string? model)
    {
        var journal = new JournalState();
        foreach (var reply in replies) journal.Add(reply);
        return TurkishLlm.Synthesis.Verdicts.Review.Create(blueprint, chunks, journal, model);
    }

    private static string[] Outcomes(Review review) =>
    [
        .. review.Accepted.Select(pair => $"{pair.Pair.Group} {pair.Pair.Turns[0].Question}")
            .Concat(review.Rejected.Select(rejection => rejection.Reason == RejectionReason.Judge
                ? $"{rejection.Id[..^2]} rejected by the judge"
                : $"{rejection.Id} {rejection.Reason} {rejection.Evidence}"))
            .Concat(review.Unanswered.Select(group => $"{group} unanswered"))
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsVerdict(RepliedEntry reply) => reply.Model == ReviewCase.JudgeModel;

    private static bool IsCurrent(RepliedEntry reply, ReviewCase c) =>
        reply.IsReadable && reply.Context == c.CurrentContext(reply);

    private static Func<ReviewCase, Conditions, ReviewReplies> With(
        Func<ReviewCase, IReadOnlyList<RepliedEntry>, IEnumerable<RepliedEntry>> change) =>
        (c, _) => (blueprint, chunks, replies, model) => Review(blueprint, chunks, [.. change(c, replies)], model);
}
