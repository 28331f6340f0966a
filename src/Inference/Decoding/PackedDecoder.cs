using TorchSharp;
using TurkishLlm.Kernels.Cpu;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Inference.Decoding;

/// <summary>
/// A decoder for the CPU that reads packed weights: once per call for all texts of a batch, without libtorch and without
/// allocating memory.
/// </summary>
/// <remarks>
/// Logits have the same bits for any batch, any division of a text into calls and any number of threads, because every sum has a
/// fixed order. Spec: GEN-21 … GEN-27.
/// </remarks>
public sealed unsafe class PackedDecoder : IDecoder
{
    // Rows of one pass: enough to reuse each weight many times, few enough for the second-level cache.
    private const int MaxRows = 128;

    // Logits of one pass that computes losses.
    private const int LossRows = 16;

    private readonly PackedWeights _weights;
    private readonly ThreadTeam _team;
    private readonly PackedForwardPass _pass;
    private NativeBuffer<float>? _lossLogits;
    private int[] _outputs = [];
    private long _calls;
    private bool _isDisposed;

    /// <param name="parameters">
    /// The weights, on any device. They are copied and can be disposed. Merge an adapter first, with <see
    /// cref="Model.Lora.Adapter.MergeInto"/>.
    /// </param>
    /// <param name="type">Number type of the packed matrices.</param>
    /// <param name="threads">Number of threads; null for that of libtorch.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is less than 1.</exception>
    public PackedDecoder(ParameterTable parameters, PackedType type = PackedType.Float32, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _team = new(threads ?? torch.get_num_threads());
        _weights = new(parameters, type);
        _pass = new(_weights, _team, MaxRows);
    }

    /// <summary>Size of the packed weights in memory, in bytes.</summary>
    public long WeightBytes => _weights.ByteCount;

    /// <inheritdoc/>
    public ModelConfig Config => _weights.Config;

    /// <inheritdoc/>
    public IDecoderSequence CreateSequence(int capacity)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new PackedSequence(this, CachedKeyValues.Create(Config.NLayers, Config.NKvHeads, Config.HeadDim, capacity));
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        Validate(batch, logits.Length);
        if (_outputs.Length < batch.Length) _outputs = new int[batch.Length];
        var outputs = 0;
        for (var i = 0; i < batch.Length; i++)
            if (batch[i].NeedsLogits) _outputs[outputs++] = i;
        _pass.SetOutputs(_outputs.AsSpan(0, outputs));
        outputs = 0;
        fixed (float* to = logits)
        {
            foreach (ref readonly var input in batch)
                AddRows((PackedSequence)input.Sequence, input.Ids.Span, input.NeedsLogits ? outputs++ : -1);
            if (_pass.Rows.Count > 0) _pass.Run(to);
        }
        foreach (ref readonly var input in batch) ((PackedSequence)input.Sequence).Advance(input.Ids.Length);
    }

    /// <inheritdoc/>
    public void ComputeLosses(
        IDecoderSequence sequence, ReadOnlySpan<int> ids, ReadOnlySpan<int> targets, Span<double> losses)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        DecoderArguments.ThrowIfInvalidLosses(Config, ids, targets, losses);
        _calls++;
        ValidateText(sequence, ids);
        var text = (PackedSequence)sequence;
        _lossLogits ??= new((long)LossRows * Config.VocabSize);
        Span<int> outputs = stackalloc int[LossRows];
        for (var i = 0; i < LossRows; i++) outputs[i] = i;
        for (var first = 0; first < ids.Length; first += LossRows)
        {
            var count = Math.Min(LossRows, ids.Length - first);
            _pass.SetOutputs(outputs[..count]);
            for (var i = 0; i < count; i++) _pass.Rows.Add(text.Cache, text.Length + i, ids[first + i], i);
            _pass.Run(_lossLogits.Pointer);
            text.Advance(count);
            for (var i = 0; i < count; i++)
                losses[first + i] = DecoderOperators.ComputeLoss(
                    _lossLogits.Pointer + (long)i * Config.VocabSize, Config.VocabSize, targets[first + i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _team.Dispose();
        _pass.Dispose();
        _weights.Dispose();
        _lossLogits?.Dispose();
    }

    // The logits are computed with the last rows, so earlier passes only keep hidden states.
    private void AddRows(PackedSequence text, ReadOnlySpan<int> ids, int output)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (_pass.Rows.Count == MaxRows) _pass.Run(logits: null);
            _pass.Rows.Add(text.Cache, text.Length + i, ids[i], i == ids.Length - 1 ? output : -1);
        }
    }

    private void Validate(ReadOnlySpan<DecoderInput> batch, int logits)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        DecoderArguments.ThrowIfWrongRoom(Config, batch.Length, logits);
        _calls++;
        foreach (ref readonly var input in batch) ValidateText(input.Sequence, input.Ids.Span);
    }

    private void ValidateText(IDecoderSequence sequence, ReadOnlySpan<int> ids)
    {
        if (sequence is not PackedSequence text || text.Owner != this)
            throw new ArgumentException("A text belongs to another decoder. Create it with this one.", nameof(sequence));
        ObjectDisposedException.ThrowIf(text.IsDisposed, text);
        if (text.LastCall == _calls)
            throw new ArgumentException("A text is repeated in a batch. Give all its tokens at once.", nameof(sequence));
        text.LastCall = _calls;
        DecoderArguments.ThrowIfInvalidTokens(Config, text, ids);
    }
}
