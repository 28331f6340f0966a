using TurkishLlm.Model;
using static System.FormattableString;

namespace TurkishLlm.Inference.Decoding;

/// <summary>Validates what all decoders receive, before a text is changed.</summary>
internal static class DecoderArguments
{
    /// <exception cref="ArgumentException">There is not one row of logits per text.</exception>
    public static void ThrowIfWrongRoom(ModelConfig config, int texts, int logits)
    {
        if (logits != (long)texts * config.VocabSize)
            throw new ArgumentException(
                Invariant($"There is room for {logits} logits; {texts} texts with {config.VocabSize} ids each need ")
                    + Invariant($"{(long)texts * config.VocabSize}."),
                nameof(logits));
    }

    /// <exception cref="ArgumentException">
    /// There is no token, there are more than fit, or one is outside the vocabulary.
    /// </exception>
    public static void ThrowIfInvalidTokens(ModelConfig config, IDecoderSequence text, ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) throw new ArgumentException("A text has no new token; give at least one.", nameof(ids));
        if (text.Length + (long)ids.Length > text.Capacity)
            throw new ArgumentException(
                Invariant($"The cache holds {text.Length} of {text.Capacity} positions; {ids.Length} more do not fit. ")
                    + "Create the text with a larger capacity, or crop it.",
                nameof(ids));
        foreach (var id in ids)
            if ((uint)id >= (uint)config.VocabSize)
                throw new ArgumentException(
                    Invariant($"Token {id} is outside the vocabulary of {config.VocabSize} ids. Use the tokenizer that the ")
                        + "model was trained with.",
                    nameof(ids));
    }

    /// <exception cref="ArgumentException">The lengths differ, or a target is outside the vocabulary.</exception>
    public static void ThrowIfInvalidLosses(
        ModelConfig config, ReadOnlySpan<int> ids, ReadOnlySpan<int> targets, ReadOnlySpan<double> losses)
    {
        if (targets.Length != ids.Length || losses.Length != ids.Length)
            throw new ArgumentException(
                Invariant($"There are {ids.Length} ids, {targets.Length} targets and room for {losses.Length} losses. Give ")
                    + "one target and one loss per id.",
                nameof(targets));
        foreach (var target in targets)
        {
            if ((uint)target >= (uint)config.VocabSize)
                throw new ArgumentException(
                    Invariant($"Target {target} is outside the vocabulary of {config.VocabSize} ids. Use the tokenizer that ")
                        + "the model was trained with.",
                    nameof(targets));
            if (config.AbsentTokens.Contains(target))
                throw new ArgumentException(
                    Invariant($"Target {target} is one of the tokens {config.AbsentTokens}, which the imported model lacks. ")
                        + "Fine-tune the model first.",
                    nameof(targets));
        }
    }
}
