using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>
/// Moves the rows of embedding and head from the order of another vocabulary to that of this program, and back. All other weights
/// stay as they are.
/// </summary>
/// <remarks>Spec: IMP-02, IMP-04.</remarks>
public static class VocabularyRows
{
    /// <summary>The source of a row for a token that the other vocabulary lacks.</summary>
    public const int NoSource = -1;

    private const long Seed = 0;

    /// <summary>Returns the weights in the order of this program.</summary>
    /// <param name="weights">The weights in the order of the other vocabulary; not modified.</param>
    /// <param name="sources">
    /// The row there of each id here, or <see cref="NoSource"/>: then the row is new, as in <see cref="EmbeddingResizer"/>.
    /// </param>
    /// <param name="absent">The ids that the other vocabulary lacks; their rows may be copies.</param>
    public static ParameterTable ToOwnOrder(ParameterTable weights, IReadOnlyList<int> sources, AbsentTokens absent)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(sources);
        var old = weights.Config.VocabSize;
        var newRows = 0;
        var rows = sources.Select(source => source == NoSource ? old + newRows++ : (long)source).ToArray();
        using var grown = EmbeddingResizer.ResizeTokenEmbeddings(weights, weights.Config.With(vocabSize: old + newRows), Seed);
        return Select(grown, rows, weights.Config.With(vocabSize: sources.Count, absentTokens: absent));
    }

    /// <summary>Returns the weights in the order of the other vocabulary, without the rows of tokens that it lacks.</summary>
    /// <param name="weights">The weights in the order of this program; not modified.</param>
    /// <param name="sources">The <c>sources</c> of <see cref="ToOwnOrder"/>.</param>
    public static ParameterTable ToOriginalOrder(ParameterTable weights, IReadOnlyList<int> sources)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(sources);
        var absent = weights.Config.AbsentTokens;
        var rows = new long[sources.Count - absent.Count];
        for (var id = 0; id < sources.Count; id++)
            if (!absent.Contains(id)) rows[sources[id]] = id;
        return Select(weights, rows, weights.Config.With(vocabSize: rows.Length, absentTokens: default(AbsentTokens)));
    }

    private static ParameterTable Select(ParameterTable weights, long[] rows, ModelConfig config) =>
        ParameterTable.Create(config, (name, _) =>
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            var weight = weights[name].detach();
            var moved = name is "embed_tokens.weight" or "lm_head.weight"
                ? weight.index_select(0, tensor(rows, int64).to(weight.device))
                : weight.clone();
            return moved.MoveToOuterDisposeScope();
        });
}
