using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Computes losses and gradients of a linear head, some rows at a time. The vocabulary is split into ranges, one task each.
/// Within a range, logits exist one tile (tokens × rows) at a time, small enough to stay in the cache while they become
/// exponentials and are multiplied with the head again. Each row has a reference per range, an early logit that is subtracted
/// before the exponential; the ranges are merged at the end. A chunk of rows keeps only its exponentials, for the gradient of the
/// head.
/// </summary>
/// <remarks>
/// Tiles are transposed, with consecutive rows adjacent: sums over tokens need no horizontal sums, and only the head is ever
/// transposed.
/// </remarks>
internal sealed unsafe class TiledLinearCrossEntropy<T, TGemm>
    where T : unmanaged
    where TGemm : IGemm<T>
{
    private const int RowsPerChunk = 512, RowsPerTile = 256, RowsPerTask = 64, TokensPerTile = 256, MaxRanges = 16;

    private static readonly int TransposedStride = VectorMath.GetPaddedStride(TokensPerTile);

    private readonly Tensor[] _tensors;
    private readonly float* _hidden, _weight, _losses, _dhidden, _dweight;
    private readonly long* _targets;
    private readonly float _scale;
    private readonly int _rows, _width, _vocabulary, _tiles, _ranges;

    /// <param name="hidden"><c>[rows, width]</c></param>
    /// <param name="weight"><c>[vocabulary, width]</c></param>
    /// <param name="targets"><c>[rows]</c>, all of them token ids.</param>
    /// <param name="scale">Factor of every loss.</param>
    /// <param name="losses">Receives the losses, <c>[rows]</c>, not scaled.</param>
    /// <param name="dhidden">Receives the gradient of <paramref name="hidden"/>; null for none.</param>
    /// <param name="dweight">Receives the gradient of <paramref name="weight"/>; null for none.</param>
    public TiledLinearCrossEntropy(
        Tensor hidden, Tensor weight, Tensor targets, float scale, Tensor losses, Tensor? dhidden, Tensor? dweight)
    {
        _tensors = [hidden, weight, targets, losses];
        _hidden = TensorMemory.GetFloatPointer(hidden);
        _weight = TensorMemory.GetFloatPointer(weight);
        _losses = TensorMemory.GetFloatPointer(losses);
        _dhidden = dhidden is null ? null : TensorMemory.GetFloatPointer(dhidden);
        _dweight = dweight is null ? null : TensorMemory.GetFloatPointer(dweight);
        _targets = (long*)TensorMemory.GetDataPointer(targets);
        (_scale, _rows, _width, _vocabulary) = (scale, (int)hidden.shape[0], (int)hidden.shape[1], (int)weight.shape[0]);
        _tiles = (_vocabulary + TokensPerTile - 1) / TokensPerTile;
        _ranges = Math.Min(MaxRanges, _tiles);
    }

    private static bool IsFloat32 => typeof(T) == typeof(float);

    /// <summary>Computes losses and gradients.</summary>
    public void Run()
    {
        var most = Math.Min(_rows, RowsPerChunk);
        using var x = new NativeBuffer<T>(IsFloat32 ? 0 : (long)most * _width);
        using var rounded = new NativeBuffer<T>(IsFloat32 ? 0 : (long)_vocabulary * _width);
        var head = IsFloat32 ? (T*)_weight : rounded.Pointer;
        Workers.Run(IsFloat32 ? 0 : _tiles, tile =>
            TGemm.PackLeft(
                _weight + (long)tile * TokensPerTile * _width, (long)GetTokenCount(tile) * _width,
                head + (long)tile * TokensPerTile * _width));
        using var right = new NativeBuffer<T>(TGemm.GetPackedRightSize(_width, RowsPerTile) * (RowsPerChunk / RowsPerTile));
        using var exponentials = new NativeBuffer<T>(_dweight is null ? 0 : (long)_tiles * TokensPerTile * most);
        using var gradients = new NativeBuffer<float>(_dhidden is null ? 0 : (long)_ranges * _width * most);
        using var states = new NativeBuffer<RowState>((long)_ranges * most);
        using var shares = new NativeBuffer<float>((long)_ranges * most);
        for (var first = 0; first < _rows; first += RowsPerChunk)
        {
            var chunk = new Chunk(
                first, Math.Min(RowsPerChunk, _rows - first), exponentials.Pointer, gradients.Pointer,
                states.Pointer, shares.Pointer);
            var rows = IsFloat32 ? (T*)(_hidden + (long)first * _width) : x.Pointer;
            TGemm.PackLeft(_hidden + (long)first * _width, (long)chunk.Rows * _width, rows);
            var columns = new RightOperand<T>[(chunk.Rows + RowsPerTile - 1) / RowsPerTile];
            for (var i = 0; i < columns.Length; i++)
                columns[i] = TGemm.PackRightTransposed(
                    rows + (long)i * RowsPerTile * _width, _width, chunk.TileRows(i), _width,
                    right.Pointer + i * TGemm.GetPackedRightSize(_width, RowsPerTile));
            Workers.Run(_ranges, range => ProcessRange(chunk, range, columns, head));
            Workers.Run(
                (chunk.Rows + RowsPerTask - 1) / RowsPerTask,
                task => MergeRanges(chunk, task * RowsPerTask, Math.Min(RowsPerTask, chunk.Rows - task * RowsPerTask)));
            if (_dweight is not null) Workers.Run(_ranges, range => AccumulateWeightGradient(chunk, range));
        }
        GC.KeepAlive(_tensors);
    }

    private int GetFirstTile(int range) => (int)((long)_tiles * range / _ranges);

    private int GetTokenCount(int tile) => Math.Min(TokensPerTile, _vocabulary - tile * TokensPerTile);

    // Computes the sums over the tokens of one range, and its contribution to the gradients of the rows.
    private void ProcessRange(Chunk chunk, int range, RightOperand<T>[] columns, T* head)
    {
        var states = chunk.States + (long)range * chunk.Rows;
        for (var r = 0; r < chunk.Rows; r++) states[r] = default;
        for (var tile = GetFirstTile(range); tile < GetFirstTile(range + 1); tile++)
        {
            var (from, tokens) = (tile * TokensPerTile, GetTokenCount(tile));
            var w = head + (long)from * _width;
            var transposed = Scratch.GetBuffer<T>(1, (long)TransposedStride * _width);
            for (var i = 0; i < columns.Length; i++)
            {
                int first = i * RowsPerTile, count = chunk.TileRows(i);
                var logits = Scratch.GetBuffer<float>(2, (long)TokensPerTile * RowsPerTile);
                TGemm.Multiply(tokens, count, _width, w, _width, columns[i], logits, count, add: false);      // [tokens, rows]
                RecordTargetLogits(chunk, states, first, count, from, tokens, logits);
                var right = IsFloat32
                    ? new((T*)logits, count)
                    : new RightOperand<T>(Scratch.GetBuffer<T>(3, TGemm.GetPackedRightSize(TokensPerTile, RowsPerTile)), count);
                ExpAndSum(chunk, range, tile, states, first, count, tokens, logits, right);
                if (_dhidden is null) continue;
                // Only after the first product, which brings the head into the cache while it multiplies.
                if (i == 0) TGemm.Transpose(w, tokens, _width, _width, transposed, TransposedStride);
                TGemm.Multiply(
                    _width, count, tokens, transposed, TransposedStride, right,
                    chunk.GetGradient(range, _width) + (long)first * _width, count,
                    // [width, rows]
                    add: tile > GetFirstTile(range));
            }
        }
    }

    private void RecordTargetLogits(Chunk chunk, RowState* states, int first, int count, int from, int tokens, float* logits)
    {
        for (var r = 0; r < count; r++)
            if (_targets[chunk.First + first + r] - from is >= 0 and var token && token < tokens)
                states[first + r].TargetLogit = logits[token * count + r];
    }

    // Replaces logits by e^(logit − reference), and adds their sums to the rows.
    private void ExpAndSum(
        Chunk chunk, int range, int tile, RowState* states, int first, int count, int tokens,
        float* logits, RightOperand<T> right)
    {
        var kept = _dweight is null ? null : chunk.GetExponentials(tile, first, tokens);
        float* highest = stackalloc float[RowsPerTile],
            references = stackalloc float[RowsPerTile], sums = stackalloc float[RowsPerTile];
        LogitsTile.ComputeRowMax(logits, tokens, count, highest);
        for (var r = 0; r < count; r++)
        {
            ref var state = ref states[first + r];
            if (tile == GetFirstTile(range)) state.Reference = highest[r];
            else if (highest[r] > state.Reference + LogitsTile.Headroom)
                Rescale(chunk, range, tile, ref state, first, count, r, highest[r]);
            references[r] = state.Reference;
        }
        TGemm.ExpAndSum(logits, tokens, count, references, sums, kept, right);
        for (var r = 0; r < count; r++) states[first + r].Sum += sums[r];
    }

    // A logit far above the reference: rescales the accumulated values of the row to the new reference.
    private void Rescale(Chunk chunk, int range, int tile, ref RowState state, int first, int count, int row, float reference)
    {
        var factor = VectorMath.Exp(state.Reference - reference);
        state.Reference = reference;
        state.Sum *= factor;
        if (_dhidden is not null)
        {
            var gradient = chunk.GetGradient(range, _width) + (long)first * _width + row;
            for (var i = 0; i < _width; i++) gradient[(long)i * count] *= factor;
        }
        if (_dweight is null) return;
        for (var earlier = GetFirstTile(range); earlier < tile; earlier++)
        {
            var tokens = GetTokenCount(earlier);
            var kept = chunk.GetExponentials(earlier, first, tokens) + row;
            for (var token = 0; token < tokens; token++, kept += count) Scale(kept, factor);
        }
    }

    private static void Scale(T* number, float factor)
    {
        if (IsFloat32)
        {
            *(float*)number *= factor;
            return;
        }
        var value = VectorMath.FromBFloat16Bits(*(ushort*)number) * factor;
        TGemm.PackLeft(&value, 1, number);
    }

    // Merges the ranges of some rows: losses, gradients, and the share of each range.
    private void MergeRanges(Chunk chunk, int first, int count)
    {
        for (var row = first; row < first + count; row++)
        {
            var (reference, sum, target) = (float.NegativeInfinity, 0.0, 0f);
            for (var range = 0; range < _ranges; range++) reference = MathF.Max(reference, chunk.GetState(range, row).Reference);
            for (var range = 0; range < _ranges; range++)
            {
                ref var state = ref chunk.GetState(range, row);
                sum += state.Sum * VectorMath.Exp(state.Reference - reference);
                target += state.TargetLogit;
            }
            _losses[chunk.First + row] = (float)Math.Log(sum) + reference - target;
            for (var range = 0; range < _ranges; range++)
                chunk.Shares[(long)range * chunk.Rows + row] =
                    (float)(_scale / sum) * VectorMath.Exp(chunk.GetState(range, row).Reference - reference);
        }
        if (_dhidden is null) return;
        var tile = first / RowsPerTile;
        var (tileRows, within) = (chunk.TileRows(tile), first - tile * RowsPerTile);
        // [width, rows]
        var joined = Scratch.GetBuffer<float>(0, (long)_width * count);
        LogitsTile.SumRanges(
            chunk.GetGradient(0, _width) + (long)tile * RowsPerTile * _width + within, (long)_width * chunk.Rows, tileRows,
            chunk.Shares + first, chunk.Rows, _ranges, _width, count, joined);
        var gradients = _dhidden + (long)(chunk.First + first) * _width;
        Float32Gemm.Transpose(joined, _width, count, count, gradients, _width);
        for (var row = 0; row < count; row++)
            VectorMath.AddScaled(
                gradients + (long)row * _width, _weight + _targets[chunk.First + first + row] * _width, -_scale, _width);
    }

    // Computes the gradient of the head in one range, added to that of earlier chunks.
    private void AccumulateWeightGradient(Chunk chunk, int range)
    {
        var rows = ScaleRows(chunk, range);
        for (var tile = GetFirstTile(range); tile < GetFirstTile(range + 1); tile++)
            for (var first = 0; first < chunk.Rows; first += RowsPerTile)
            {
                var (count, tokens) = (chunk.TileRows(first / RowsPerTile), GetTokenCount(tile));
                TGemm.Multiply(
                    tokens, _width, count, chunk.GetExponentials(tile, first, tokens), count, rows.SliceRows(first),
                    _dweight + (long)tile * TokensPerTile * _width, _width,
                    add: chunk.First > 0 || first > 0);
            }
        long from = (long)GetFirstTile(range) * TokensPerTile,
            to = Math.Min(_vocabulary, (long)GetFirstTile(range + 1) * TokensPerTile);
        for (var r = chunk.First; r < chunk.First + chunk.Rows; r++)
        {
            if (_targets[r] < from || _targets[r] >= to) continue;
            VectorMath.AddScaled(_dweight + _targets[r] * _width, _hidden + (long)r * _width, -_scale, _width);
        }
    }

    // The rows of a chunk, each multiplied by the share of a range.
    private RightOperand<T> ScaleRows(Chunk chunk, int range)
    {
        var scaled = Scratch.GetBuffer<float>(0, (long)RowsPerChunk * _width);
        for (var r = 0; r < chunk.Rows; r++)
            VectorMath.Scale(
                _hidden + (long)(chunk.First + r) * _width, chunk.Shares[(long)range * chunk.Rows + r],
                scaled + (long)r * _width, _width);
        if (IsFloat32) return new((T*)scaled, _width);
        var operand = new RightOperand<T>(Scratch.GetBuffer<T>(1, TGemm.GetPackedRightSize(RowsPerChunk, _width)), _width);
        for (var r = 0; r < chunk.Rows; r += 2)
            TGemm.PackRightRowPair(
                scaled + (long)r * _width, r + 1 < chunk.Rows ? scaled + (r + 1L) * _width : null, r / 2, operand);
        return operand;
    }

    // A partial softmax row: Σ e^(logit − reference) over a range.
    private struct RowState
    {
        public float Reference, TargetLogit;
        public double Sum;
    }

    // Some rows and their accumulated values: exponentials [tile][tokens, rows of a tile], gradients [range][width, rows of a
    // tile].
    private sealed class Chunk(int first, int rows, T* exponentials, float* gradients, RowState* states, float* shares)
    {
        public int First => first;

        public int Rows => rows;

        public RowState* States { get; } = states;

        public float* Shares { get; } = shares;

        private float* Gradients { get; } = gradients;

        public int TileRows(int tile) => Math.Min(RowsPerTile, rows - tile * RowsPerTile);

        /// <summary>Returns the exponentials of some tokens for the rows of a tile.</summary>
        public T* GetExponentials(int tile, int firstRow, int tokens) =>
            exponentials + (long)tile * TokensPerTile * rows + (long)firstRow * tokens;

        public float* GetGradient(int range, int width) => Gradients + (long)range * width * rows;

        public ref RowState GetState(int range, int row) => ref States[(long)range * rows + row];
    }
}
