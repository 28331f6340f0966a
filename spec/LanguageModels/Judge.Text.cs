using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels;

public static partial class Judge
{
    /// <summary>
    /// Returns the requirements of a sampler: GEN-04, GEN-09 and GEN-18 of its probabilities, and GEN-05, GEN-06, GEN-08, GEN-19
    /// and GEN-20 of what it draws.
    /// </summary>
    /// <param name="compute">Computes the probabilities of the next token.</param>
    /// <param name="draw">Draws tokens; without it, only the probabilities are judged.</param>
    /// <example>
    /// <code>
    /// Judge.Sampler((logits, options, chosen) => MyProbabilities(logits, options, chosen)).Verify();
    /// </code>
    /// </example>
    public static Catalog Sampler(ComputeProbabilities compute, SampleTokens? draw = null)
    {
        ArgumentNullException.ThrowIfNull(compute);
        return new(
            "sampler",
            [
                .. DistributionRequirements.All.Select(requirement => requirement.For((_, _) => compute)),
                .. draw is null ? [] : SamplerRequirements.Create(draw),
            ]);
    }

    /// <summary>
    /// Returns the requirements of a tokenizer that keeps every text, also Turkish letters, white space and compatibility
    /// characters: P04, P06, P07, TOK-01, TOK-06, TOK-07, and TOK-12 on the names of its special tokens.
    /// </summary>
    /// <param name="codec">
    /// The tokenizer without special tokens around the text. One that normalizes on purpose fails; exclude the requirements about
    /// what it changes with <see cref="Catalog.Except"/>.
    /// </param>
    /// <param name="specialIds">Ids of its special tokens by name; without them, TOK-12 is not judged.</param>
    /// <example>
    /// <code>
    /// Judge.Tokenizer(new(text => mine.Encode(text), ids => mine.Decode(ids))).Verify();
    /// </code>
    /// </example>
    public static Catalog Tokenizer(TextCodec codec, IReadOnlyDictionary<string, int>? specialIds = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        IReadOnlyList<Requirement<TextCase, TextCodec>> ofSpecialTokens =
            specialIds is null ? [] : [SpecialTokenRequirements.Create(specialIds)];
        return new(
            "tokenizer",
            TokenizerRequirements.All.Concat(ofSpecialTokens).Select(requirement => requirement.For((_, _) => codec)));
    }

    /// <summary>Returns the requirement of inputs and targets of tokens with a loss mask: SFT-06.</summary>
    /// <param name="shift">The function.</param>
    /// <param name="ignoreIndex">The target where nothing is learned; −100 in PyTorch.</param>
    /// <example>
    /// <code>
    /// Judge.Masks(tokens => MyShift(tokens.Ids, tokens.LossMask), ignoreIndex: -100).Verify();
    /// </code>
    /// </example>
    public static Catalog Masks(Shift shift, long ignoreIndex = -1)
    {
        ArgumentNullException.ThrowIfNull(shift);
        return new("loss masks", MaskRequirements.Targets.For((_, _) => tokens =>
        {
            var (inputs, targets) = shift(tokens);
            return (inputs, RenameIgnored(targets, ignoreIndex));
        }));
    }

    /// <summary>Returns the requirement of rows that hold several examples: SFT-13.</summary>
    /// <param name="write">The function.</param>
    /// <param name="ignoreIndex">The target where nothing is learned; −100 in PyTorch.</param>
    /// <example>
    /// <code>
    /// Judge.Rows((examples, length) => MyRow(examples, length, padding: 2)).Verify();
    /// </code>
    /// </example>
    public static Catalog Rows(WriteRow write, long ignoreIndex = -1)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new("packed rows", RowRequirements.PackedTargets.For((_, _) => (examples, length) =>
        {
            var (inputs, targets, starts) = write(examples, length);
            return (inputs, RenameIgnored(targets, ignoreIndex), starts);
        }));
    }

    /// <summary>Returns the requirement of distributing examples over rows: SFT-18.</summary>
    /// <param name="pack">The function.</param>
    /// <example>
    /// <code>
    /// Judge.Packing((lengths, rowLength) => MyPacking(lengths, rowLength)).Verify();
    /// </code>
    /// </example>
    public static Catalog Packing(PackRows pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        return new("packing", PackingRequirements.Packing.For((_, _) => pack));
    }

    // To the −1 of the requirement; a −1 of another meaning must not become one.
    private static long[] RenameIgnored(long[] targets, long ignoreIndex) =>
        [.. targets.Select(target => target == ignoreIndex ? -1 : target == -1 ? ignoreIndex : target)];
}
