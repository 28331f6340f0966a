using TurkishLlm.Model;

namespace TurkishLlm.Inference.Decoding;

/// <summary>Computes next-token logits of several independent texts, each with its own cached keys and values.</summary>
/// <remarks>
/// The logits of a text have the same bits with any other texts in the batch, and for any division of its tokens into calls.
/// Calls must not overlap; sequences of one decoder must not be used with another.
/// </remarks>
public interface IDecoder : IDisposable
{
    /// <summary>The configuration of the model.</summary>
    ModelConfig Config { get; }

    /// <summary>Creates the cache of one text.</summary>
    /// <param name="capacity">Largest number of tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than 1.</exception>
    IDecoderSequence CreateSequence(int capacity);

    /// <summary>Appends tokens to each text of the batch and computes the logits of the token after the last one.</summary>
    /// <param name="batch">Texts with at least one new token each; a text appears once.</param>
    /// <param name="logits"><c>[batch, vocabulary]</c>; rows of inputs that need no logits are left unchanged.</param>
    /// <exception cref="ArgumentException">
    /// An id is outside the vocabulary, a text is empty, repeated, or exceeds its capacity, or <paramref name="logits"/> has
    /// another length. No text is changed.
    /// </exception>
    void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits);

    /// <summary>Appends tokens to a text and computes the loss of the token after each of them.</summary>
    /// <param name="sequence">The text.</param>
    /// <param name="ids">Token ids to append; at least one.</param>
    /// <param name="targets">The token after each of them; the last one is not appended.</param>
    /// <param name="losses">Receives losses in nats, one per target.</param>
    /// <exception cref="ArgumentException">As for <see cref="Append"/>, or the lengths differ.</exception>
    void ComputeLosses(IDecoderSequence sequence, ReadOnlySpan<int> ids, ReadOnlySpan<int> targets, Span<double> losses)
    {
        DecoderArguments.ThrowIfInvalidLosses(Config, ids, targets, losses);
        var logits = new float[Config.VocabSize];
        for (var i = 0; i < ids.Length; i++)
        {
            Append([new(sequence, new[] { ids[i] })], logits);
            var (highest, sum) = (logits.Max(), 0.0);
            foreach (var logit in logits) sum += Math.Exp(logit - highest);
            losses[i] = Math.Log(sum) + highest - logits[targets[i]];
        }
    }
}

/// <summary>The cached keys and values of one text.</summary>
public interface IDecoderSequence : IDisposable
{
    /// <summary>Largest number of tokens.</summary>
    int Capacity { get; }

    /// <summary>Number of cached tokens.</summary>
    int Length { get; }

    /// <summary>Removes the last tokens, for a text that continues differently.</summary>
    /// <param name="length">Number of tokens to keep.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or larger than <see cref="Length"/>.</exception>
    void Crop(int length);
}

/// <summary>New tokens of one text.</summary>
/// <param name="Sequence">The text.</param>
/// <param name="Ids">Token ids; at least one.</param>
/// <param name="NeedsLogits">False for the part of a prompt before its last token.</param>
public readonly record struct DecoderInput(IDecoderSequence Sequence, ReadOnlyMemory<int> Ids, bool NeedsLogits = true);
