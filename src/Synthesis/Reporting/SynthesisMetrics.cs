using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Reporting;

/// <summary>What came of all groups, counted.</summary>
public sealed record SynthesisMetrics
{
    /// <summary>By grouping rule, in the order of the rules; those without groups too.</summary>
    public required IReadOnlyList<RuleMetrics> Rules { get; init; }

    /// <summary>Accepted pairs by type.</summary>
    public required IReadOnlyList<(QuestionType Type, int Pairs)> Types { get; init; }

    /// <summary>Accepted pairs by difficulty.</summary>
    public required IReadOnlyList<(Difficulty Difficulty, int Pairs)> Difficulties { get; init; }

    /// <summary>Rejected pairs by reason, the commonest first.</summary>
    public required IReadOnlyList<(RejectionReason Reason, int Pairs)> Rejections { get; init; }

    /// <summary>Chunks and their tokens by module.</summary>
    public required IReadOnlyList<(string Language, string Module, int Chunks, long Tokens)> Modules { get; init; }

    /// <summary>Fewest, mean and most accepted pairs of a group with a reply.</summary>
    public required (int Least, double Mean, int Most) PairsPerGroup { get; init; }

    /// <summary>Accepted pairs.</summary>
    public required int Accepted { get; init; }

    /// <summary>Those of several turns.</summary>
    public required int Conversations { get; init; }

    /// <summary>Groups without a readable reply.</summary>
    public required int Unanswered { get; init; }

    /// <summary>Replies that could not be read.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Tokens read and written by models.</summary>
    public required (long Input, long Output) Tokens { get; init; }

    /// <summary>Dollars for all replies, the unreadable ones and those of judges too.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Sendings of which it is not known whether they are to be paid, and the most that they and open batches can cost.</summary>
    public required (int Sendings, decimal AtMost) InDoubt { get; init; }

    /// <summary>Names of the models that wrote accepted pairs.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Counts.</summary>
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
                        rule, groups.Length, groups.Count(group => !unanswered.Contains(group.Id)), groups.Sum(group => (long)group.Tokens), review.Accepted.Count(pair => pair.Rule == rule.Number),
                        review.Rejected.Count(rejection => rejection.Id.StartsWith(prefix, StringComparison.Ordinal)), groups.Sum(group => costs[group.Id].Sum()));
                }),
            ],
            Types = [.. TurkishNames.Types.Select(type => (type, review.Accepted.Count(pair => pair.Pair.Type == type)))],
            Difficulties = [.. TurkishNames.Difficulties.Select(difficulty => (difficulty, review.Accepted.Count(pair => pair.Pair.Difficulty == difficulty)))],
            Rejections = [.. review.Rejected.CountBy(rejection => rejection.Reason).OrderByDescending(count => count.Value).ThenBy(count => count.Key).Select(count => (count.Key, count.Value))],
            Modules = [.. chunks.All.GroupBy(chunk => (chunk.Language, chunk.Module)).Select(module => (module.Key.Language, module.Key.Module, module.Count(), module.Sum(chunk => (long)chunk.TokenCount)))],
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
