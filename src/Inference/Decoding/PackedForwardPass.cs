using TurkishLlm.Kernels.Cpu;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;

namespace TurkishLlm.Inference.Decoding;

/// <summary>
/// The forward pass of some rows, in phases that the threads of a team share: a task is one panel of a matrix, one row of a norm,
/// or one key/value head of a row.
/// </summary>
internal sealed unsafe class PackedForwardPass : IDisposable
{
    // Of a long text, several threads share a panel.
    private const int RowsPerTask = 32;

    // Head tasks of about this size are read by one thread from the first byte to the last.
    private const int PanelsPerHeadTask = 8;

    private readonly PackedWeights _weights;
    private readonly ModelConfig _config;
    private readonly ThreadTeam _team;
    private readonly Activations _stream, _normed, _query, _key, _value, _mixed, _gate, _up;
    private readonly Action<ThreadTeam.Member> _program;
    private Activations _hidden;
    private float* _logits;
    private int[] _outputs = [];
    private int _outputCount;
    private bool _readsHead;

    public PackedForwardPass(PackedWeights weights, ThreadTeam team, int maxRows)
    {
        (_weights, _config, _team) = (weights, weights.Config, team);
        Rows = new(maxRows);
        var layer = weights.Layers[0];
        (_stream, _normed) = (new(maxRows, layer.Output), new(maxRows, layer.Output));
        (_query, _key, _value) = (new(maxRows, layer.Query), new(maxRows, layer.Key), new(maxRows, layer.Value));
        (_mixed, _gate, _up) = (new(maxRows, layer.Output), new(maxRows, layer.Gate), new(maxRows, layer.Up));
        _hidden = new(1, layer.Output);
        _program = Compute;
    }

    /// <summary>The rows of the next <see cref="Run"/>.</summary>
    public DecoderRows Rows { get; }

    private int RowTasks => (Rows.Count + RowsPerTask - 1) / RowsPerTask;

    /// <summary>Makes room for the hidden states that the head will read.</summary>
    /// <param name="outputs">For each of them, the row of the logits.</param>
    public void SetOutputs(ReadOnlySpan<int> outputs)
    {
        if (_outputs.Length < outputs.Length)
        {
            _outputs = new int[outputs.Length];
            _hidden.Dispose();
            _hidden = new(outputs.Length, _weights.Layers[0].Output);
        }
        outputs.CopyTo(_outputs);
        _outputCount = outputs.Length;
    }

    /// <summary>Computes the rows, and removes them.</summary>
    /// <param name="logits">Receives logits, <c>[rows, vocabulary]</c>; null to keep the hidden states for the next call.</param>
    public void Run(float* logits)
    {
        _logits = logits;
        _readsHead = logits is not null && _outputCount > 0;
        _team.Run(_program);
        Rows.Clear();
    }

    public void Dispose()
    {
        foreach (var buffer in new[] { _stream, _normed, _query, _key, _value, _mixed, _gate, _up, _hidden }) buffer.Dispose();
    }

    private void Compute(ThreadTeam.Member member)
    {
        while (member.TryTake(Rows.Count, out var row)) _weights.Embedding.Unpack(Rows[row].Id, _stream.Row(row));
        for (var i = 0; i < _config.NLayers; i++)
        {
            Attend(member, _weights.Layers[i], i);
            FeedForward(member, _weights.Layers[i], i);
        }
        while (member.TryTake(Rows.Count, out var row))
            if (Rows[row].Output is >= 0 and var output)
                DecoderOperators.Normalize(
                    _stream.Row(row), _weights.FinalNorm, (float)_config.NormEps, _hidden.Row(output), _config.DModel);
        ReadHead(member);
    }

    private void Attend(ThreadTeam.Member member, PackedLayer layer, int index)
    {
        Normalize(member, _weights.AttentionNorm(index));
        var panels = layer.Query.PanelCount + layer.Key.PanelCount + layer.Value.PanelCount;
        while (member.TryTake(panels * RowTasks, out var task)) Project(layer, index, task / RowTasks, task % RowTasks);
        var (heads, group) = (_config.NKvHeads, _config.NHeads / _config.NKvHeads);
        while (member.TryTake(Rows.Count * heads, out var task))
        {
            var (row, head) = Math.DivRem(task, heads);
            var first = head * group;
            Rows[row].Cache.Attend(
                index, head, Rows[row].Position, _query.Row(row) + first * _config.HeadDim, group, _weights.Slopes + first,
                _mixed.Row(row) + first * _config.HeadDim);
        }
        AddToStream(member, layer.Output, _mixed);
    }

    private void FeedForward(ThreadTeam.Member member, PackedLayer layer, int index)
    {
        Normalize(member, _weights.FeedForwardNorm(index));
        while (member.TryTake(layer.Gate.PanelCount * RowTasks, out var task))
        {
            var (panel, rows) = (task / RowTasks, task % RowTasks);
            Multiply(layer.Gate, panel, rows, _normed, _gate);
            Multiply(layer.Up, panel, rows, _normed, _up);
            var first = panel * layer.Gate.PanelWidth;
            for (var row = rows * RowsPerTask; row < EndOfRows(rows); row++)
                DecoderOperators.ApplyGate(_gate.Row(row) + first, _up.Row(row) + first, layer.Gate.PanelWidth);
        }
        AddToStream(member, layer.Down, _gate);
    }

    private void Normalize(ThreadTeam.Member member, float* weight)
    {
        while (member.TryTake(Rows.Count, out var row))
            DecoderOperators.Normalize(_stream.Row(row), weight, (float)_config.NormEps, _normed.Row(row), _config.DModel);
    }

    // A panel of queries, keys or values. Keys and values are cached at once.
    private void Project(PackedLayer layer, int index, int panel, int rows)
    {
        if (panel < layer.Query.PanelCount)
        {
            Multiply(layer.Query, panel, rows, _normed, _query);
            return;
        }
        panel -= layer.Query.PanelCount;
        var isKey = panel < layer.Key.PanelCount;
        if (!isKey) panel -= layer.Key.PanelCount;
        var (matrix, to) = isKey ? (layer.Key, _key) : (layer.Value, _value);
        Multiply(matrix, panel, rows, _normed, to);
        var first = panel * matrix.PanelWidth;
        var count = Math.Min(matrix.PanelWidth, matrix.Outputs - first);
        for (var row = rows * RowsPerTask; row < EndOfRows(rows); row++)
            if (isKey) Rows[row].Cache.WriteKeys(index, Rows[row].Position, first, count, to.Row(row) + first);
            else Rows[row].Cache.WriteValues(index, Rows[row].Position, first, count, to.Row(row) + first);
    }

    private void AddToStream(ThreadTeam.Member member, PackedMatrix matrix, Activations from)
    {
        while (member.TryTake(matrix.PanelCount * RowTasks, out var task))
            Multiply(matrix, task / RowTasks, task % RowTasks, from, _stream, add: true);
    }

    private void Multiply(PackedMatrix matrix, int panel, int rows, Activations from, Activations to, bool add = false)
    {
        var first = rows * RowsPerTask;
        matrix.Multiply(
            panel, EndOfRows(rows) - first, from.Row(first), from.Stride, to.Row(first) + panel * matrix.PanelWidth, to.Stride,
            add);
    }

    private int EndOfRows(int rows) => Math.Min((rows + 1) * RowsPerTask, Rows.Count);

    private void ReadHead(ThreadTeam.Member member)
    {
        var head = _weights.Head;
        var tile = stackalloc float[RowsPerTask * head.PanelWidth];
        // Every run has the same number of phases, so there is a task in any case.
        var tasks = _readsHead ? (head.PanelCount + PanelsPerHeadTask - 1) / PanelsPerHeadTask : 1;
        while (member.TryTake(tasks, out var task))
        {
            var end = _readsHead ? Math.Min((task + 1) * PanelsPerHeadTask, head.PanelCount) : 0;
            for (var panel = task * PanelsPerHeadTask; panel < end; panel++)
                for (var first = 0; first < _outputCount; first += RowsPerTask)
                    ReadHead(panel, first, Math.Min(RowsPerTask, _outputCount - first), tile);
        }
    }

    // The last panel may extend beyond the vocabulary.
    private void ReadHead(int panel, int first, int rows, float* tile)
    {
        var head = _weights.Head;
        head.Multiply(panel, rows, _hidden.Row(first), _hidden.Stride, tile, head.PanelWidth, add: false);
        var token = panel * head.PanelWidth;
        var count = Math.Min(head.PanelWidth, head.Outputs - token);
        for (var row = 0; row < rows; row++)
        {
            var logits = new Span<float>(_logits + (long)_outputs[first + row] * head.Outputs + token, count);
            new Span<float>(tile + row * head.PanelWidth, count).CopyTo(logits);
            for (var i = 0; i < count && token + i < AbsentTokens.Limit; i++)
                if (_config.AbsentTokens.Contains(token + i)) logits[i] = float.NegativeInfinity;
        }
    }

    // [rows, outputs of a matrix]
    private sealed class Activations(int rows, PackedMatrix matrix) : IDisposable
    {
        private readonly NativeBuffer<float> _memory = new((long)rows * VectorMath.GetPaddedStride(matrix.PaddedOutputs));

        public int Stride { get; } = VectorMath.GetPaddedStride(matrix.PaddedOutputs);

        public float* Row(int row) => _memory.Pointer + (long)row * Stride;

        public void Dispose() => _memory.Dispose();
    }
}
