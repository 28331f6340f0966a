using TurkishLlm.Data.Batches;

namespace TurkishLlm.Evaluation.Probing;

/// <summary>A row to write after probing.</summary>
/// <param name="Index">Index of the probed question.</param>
/// <param name="Refusal">The refusal that replaces its answer; null to keep the answer.</param>
public readonly record struct ProbedRow(int Index, string? Refusal);

/// <summary>
/// Selects rows for fine-tuning from probed questions: known ones with their answers, and some unknown ones with a refusal.
/// </summary>
/// <remarks>
/// Unsure questions have no row: teaching their answers would teach the model to guess, and refusing them would hide what it
/// knows. The selection and the wordings depend on the questions and the seed, not on their order. Spec: SYN-20.
/// </remarks>
public static class RefusalRows
{
    /// <summary>Wordings of a refusal. Every one contains the words by which evaluation recognizes refusals.</summary>
    public static IReadOnlyList<string> Wordings { get; } =
    [
        "Bu konuda bilgim yok.",
        "Üzgünüm, bu konuda bilgim yok.",
        "Maalesef bu konuda bilgim yok.",
        "Bu soruyu yanıtlayamıyorum, çünkü bu konuda bilgim yok.",
        "Bunu bilmiyorum; bu konuda bilgim yok.",
        "Yanlış bir şey söylemek istemem: Bu konuda bilgim yok.",
        "Bu konuda bilgim yok, bu yüzden kesin bir yanıt veremem.",
        "Kusura bakmayın, bu konuda bilgim yok.",
    ];

    /// <summary>Selects the rows to write, in the order of the questions.</summary>
    /// <param name="questions">The probed questions.</param>
    /// <param name="options">The shares of right answers and of refusals, and the seed.</param>
    public static IReadOnlyList<ProbedRow> Select(IReadOnlyList<ProbedQuestion> questions, ProbeOptions options)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(options);
        var labels = questions.Select(question => question.GetLabel(options)).ToArray();
        var known = labels.Count(label => label == KnowledgeLabel.Known);
        // Of known + r rows, r are refusals: r = share ÷ (1 − share) · known.
        var wanted = (int)Math.Round(options.RefusalShare / (1 - options.RefusalShare) * known, MidpointRounding.AwayFromZero);
        var refused = Enumerable.Range(0, questions.Count)
            .Where(i => labels[i] == KnowledgeLabel.Unknown)
            .OrderBy(i => Draw(questions[i], options.Seed))
            .ThenBy(i => i)
            .Take(wanted)
            .ToHashSet();
        return
        [
            .. Enumerable.Range(0, questions.Count)
                .Where(i => labels[i] == KnowledgeLabel.Known || refused.Contains(i))
                .Select(i => new ProbedRow(
                    i, refused.Contains(i) ? Wordings[(int)(Draw(questions[i], ~options.Seed) % (ulong)Wordings.Count)] : null)),
        ];
    }

    private static ulong Draw(ProbedQuestion question, long seed) =>
        SplitMix64.Mix(Convert.ToUInt64(question.Key[..16], 16) ^ SplitMix64.Mix((ulong)seed));
}
