using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Reporting;

/// <summary>Metrics of a synthesis project.</summary>
public sealed record SynthesisMetrics
{
    /// <summary>Metrics per grouping rule, in the order of the rules, including rules without groups.</summary>
    public required IReadOnlyList<RuleMetrics> Rules { get; init; }

    /// <summary>Number of accepted pairs by type.</summary>
    public required IReadOnlyList<(QuestionType Type, int Pairs)> Types { get; init; }

    /// <summary>Number of accepted pairs by difficulty.</summary>
    public required IReadOnlyList<(Difficulty Difficulty, int Pairs)> Difficulties { get; init; }

    /// <summary>Number of rejected pairs by reason, most frequent first.</summary>
    public required IReadOnlyList<(RejectionReason Reason, int Pairs)> Rejections { get; init; }

    /// <summary>Number of chunks and tokens by module.</summary>
    public required IReadOnlyList<(string Language, string Module, int Chunks, long Tokens)> Modules { get; init; }

    /// <summary>Minimum, mean and maximum number of accepted pairs per answered group.</summary>
    public required (int Least, double Mean, int Most) PairsPerGroup { get; init; }

    /// <summary>Number of accepted pairs.</summary>
    public required int Accepted { get; init; }

    /// <summary>Number of accepted conversations.</summary>
    public required int Conversations { get; init; }

    /// <summary>Number of groups without a readable reply.</summary>
    public required int Unanswered { get; init; }

    /// <summary>Number of unreadable replies.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Total number of input and output tokens.</summary>
    public required (long Input, long Output) Tokens { get; init; }

    /// <summary>Total cost of all replies in dollars, including unreadable ones and those of judges.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Number of sends with an unknown charge, and the maximum cost of these and of open batches.</summary>
    public required (int Sendings, decimal AtMost) InDoubt { get; init; }

    /// <summary>Names of the models that wrote accepted pairs.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Computes the metrics.</summary>
    public static SynthesisMetrics Measure(Blueprint blueprint, ChunkSet chunks, JournalState journal, Review review)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(review);
        var unanswered = review.Unanswered.ToHashSet(StringComparer.Ordinal);
        var answered = blueprint.Groups.Where(group => !unanswered.Contains(group.Id)).ToArray();
        var perGroup = review.Accepted.CountBy(pair => pair.Pair.Group).ToDictionary(StringComparer.Ordinal);
        var counts = answered.Select(group => perGroup.GetValueOrDefault(group.Id)).ToArray();
        var costs = journal.Replies.ToLookup(reply => reply.Group, reply => reply.Cost, StringComparer.Ordinal);
        return new()
        {
            Rules =
            [
                .. GroupingRules.All.Select(rule =>
                {
                    var prefix = FormattableString.Invariant($"r{rule.Number:D2}/");
                    var groups = blueprint.Groups.Where(group => group.Rule == rule.Number).ToArray();
                    return new RuleMetrics(
                        rule,
                        groups.Length,
                        groups.Count(group => !unanswered.Contains(group.Id)),
                        groups.Sum(group => (long)group.Tokens),
                        review.Accepted.Count(pair => pair.Rule == rule.Number),
                        review.Rejected.Count(rejection => rejection.Id.StartsWith(prefix, StringComparison.Ordinal)),
                        groups.Sum(group => costs[group.Id].Sum()));
                }),
            ],
            Types = [.. TurkishNames.Types.Select(type => (type, review.Accepted.Count(pair => pair.Pair.Type == type)))],
            Difficulties =
            [
                .. TurkishNames.Difficulties.Select(difficulty =>
                    (difficulty, review.Accepted.Count(pair => pair.Pair.Difficulty == difficulty))),
            ],
            Rejections =
            [
                .. review
                    .Rejected.CountBy(rejection => rejection.Reason)
                    .OrderByDescending(count => count.Value)
                    .ThenBy(count => count.Key)
                    .Select(count => (count.Key, count.Value)),
            ],
            Modules =
            [
                .. chunks
                    .All.GroupBy(chunk => (chunk.Language, chunk.Module))
                    .Select(module =>
                        (module.Key.Language, module.Key.Module, module.Count(), module.Sum(chunk => (long)chunk.TokenCount))),
            ],
            PairsPerGroup = counts.Length == 0 ? (0, 0, 0) : (counts.Min(), counts.Average(), counts.Max()),
            Accepted = review.Accepted.Count,
            Conversations = review.Accepted.Count(pair => pair.Pair.IsConversation),
            Unanswered = unanswered.Count,
            Unreadable = journal.Replies.Count(reply => !reply.IsReadable),
            Tokens = (journal.Replies.Sum(reply => reply.InputTokens), journal.Replies.Sum(reply => reply.OutputTokens)),
            Cost = journal.Spent,
            InDoubt = (journal.InDoubtSends.Count, journal.InDoubtCost),
            Models = [.. review.Accepted.Select(pair => pair.Model).Distinct().Order(StringComparer.Ordinal)],
        };
    }
}
