using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>A decoder without a model: a function of the cached tokens chooses the next one.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="contextLength">Maximum number of tokens of a text.</param>
/// <param name="next">Returns the most likely token after a text.</param>
internal sealed class FakeDecoder(Tokenizer tokenizer, int contextLength, Func<IReadOnlyList<int>, int> next) : IDecoder
{
    private readonly Lock _gate = new();
    private readonly List<int[][]> _steps = [];

    public ModelConfig Config { get; } =
        new(tokenizer.VocabularySize, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 8, maxSeqLen: contextLength);

    /// <summary>Called before each step.</summary>
    public Action BeforeStep { get; set; } = () => { };

    /// <summary>Returns true if all tokens are equally likely after a text.</summary>
    public Func<IReadOnlyList<int>, bool> IsUncertain { get; init; } = _ => false;

    public int CreatedSequences { get; private set; }

    /// <summary>The longest text that was read.</summary>
    public IReadOnlyList<int> Longest { get; private set; } = [];

    /// <summary>The tokens that each step read, by text.</summary>
    public IReadOnlyList<int[][]> Steps
    {
        get
        {
            lock (_gate) return [.. _steps];
        }
    }

    /// <summary>Returns a decoder that answers every prompt with the same text.</summary>
    public static FakeDecoder Saying(Tokenizer tokenizer, string text, int contextLength = 400) =>
        Saying(tokenizer, [.. tokenizer.EncodeToIds(text), SpecialTokens.EndOfTurn], contextLength);

    /// <summary>Returns a decoder that answers every prompt with the same tokens.</summary>
    public static FakeDecoder Saying(Tokenizer tokenizer, IReadOnlyList<int> ids, int contextLength)
    {
        return new(tokenizer, contextLength, cached =>
        {
            var start = cached.ToList().FindLastIndex(id => id == SpecialTokens.EndHeader);
            var after = cached.Skip(start + 1 + tokenizer.EncodeToIds("\n\n").Count).ToArray();
            return ids[Math.Min(after.Length, ids.Count - 1)];
        });
    }

    /// <summary>Returns a decoder that calls a tool until it has read an output, and then answers.</summary>
    public static FakeDecoder Calling(
        Tokenizer tokenizer, string text, string call, string answer, int contextLength = 1000,
        Func<IReadOnlyList<int>, bool>? isUncertain = null)
    {
        IReadOnlyList<int> asks = [.. tokenizer.EncodeToIds(text), SpecialTokens.ToolCall, .. tokenizer.EncodeToIds(call)];
        var answers = tokenizer.EncodeToIds(answer);
        return new(tokenizer, contextLength, cached =>
        {
            var ids = cached.ToList();
            var start = ids.LastIndexOf(SpecialTokens.EndHeader) + 1 + tokenizer.EncodeToIds("\n\n").Count;
            var says = ids.LastIndexOf(SpecialTokens.ToolOutput) > ids.LastIndexOf(SpecialTokens.ToolCall) ? answers : asks;
            return ids.Count - start < says.Count ? says[ids.Count - start] : SpecialTokens.EndOfTurn;
        })
        {
            IsUncertain = isUncertain ?? (_ => false),
        };
    }

    public IDecoderSequence CreateSequence(int capacity)
    {
        CreatedSequences++;
        return new Sequence(capacity);
    }

    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        BeforeStep();
        var read = new int[batch.Length][];
        for (var i = 0; i < batch.Length; i++)
        {
            var sequence = (Sequence)batch[i].Sequence;
            sequence.Ids.AddRange(read[i] = batch[i].Ids.ToArray());
            if (sequence.Length > sequence.Capacity) throw new InvalidOperationException("The sequence is full.");
            if (sequence.Length > Longest.Count) Longest = [.. sequence.Ids];
            if (!batch[i].NeedsLogits) continue;
            var row = logits.Slice(i * Config.VocabSize, Config.VocabSize);
            row.Clear();
            if (!IsUncertain(sequence.Ids)) row[next(sequence.Ids)] = 20;
        }
        lock (_gate) _steps.Add(read);
    }

    public void Dispose()
    {
    }

    private sealed class Sequence(int capacity) : IDecoderSequence
    {
        public List<int> Ids { get; } = [];

        public int Capacity => capacity;

        public int Length => Ids.Count;

        public void Crop(int length) => Ids.RemoveRange(length, Ids.Count - length);

        public void Dispose()
        {
        }
    }
}
