using System.Runtime.Intrinsics;
using TurkishLlm.Kernels.Cpu;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// A weight matrix, packed for products with few rows: in panels of outputs, each of which is read once from the first byte to
/// the last.
/// </summary>
/// <remarks>
/// Every result is a sum over the inputs in ascending order, so it has the same bits with any number of rows, panels per call and
/// threads, and with vectors of any width. Spec: GEN-21, GEN-22, GEN-26.
/// </remarks>
internal abstract unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer<byte> _memory;

    private protected PackedMatrix(int outputs, int inputs, int panelWidth, long panelBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        (Outputs, Inputs, PanelWidth, PanelBytes) = (outputs, inputs, panelWidth, panelBytes);
        PanelCount = (outputs + panelWidth - 1) / panelWidth;
        _memory = new(PanelCount * panelBytes);
    }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>Number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>Number of outputs of a panel.</summary>
    public int PanelWidth { get; }

    /// <summary>Number of panels.</summary>
    public int PanelCount { get; }

    /// <summary>Number of outputs of all panels; those beyond <see cref="Outputs"/> have weights of zero.</summary>
    public int PaddedOutputs => PanelCount * PanelWidth;

    /// <summary>Size in memory, in bytes.</summary>
    public long ByteCount => PanelCount * PanelBytes;

    private protected long PanelBytes { get; }

    /// <summary>Packs a matrix.</summary>
    /// <param name="weights"><c>[outputs, inputs]</c>, contiguous.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="type">Number type of the packed weights.</param>
    /// <param name="lanes">Elements of a vector: 16, 8 or 4; 0 for the widest vectors of this processor.</param>
    public static PackedMatrix Create(float* weights, int outputs, int inputs, PackedType type, int lanes = 0)
    {
        PackedMatrix matrix = (lanes == 0 ? VectorWidth : lanes) switch
        {
            16 => Create<Vector512<float>, Lanes512>(outputs, inputs, type),
            8 => Create<Vector256<float>, Lanes256>(outputs, inputs, type),
            4 => Create<Vector128<float>, Lanes128>(outputs, inputs, type),
            _ => throw new ArgumentOutOfRangeException(nameof(lanes), lanes, "Vectors have 16, 8 or 4 elements."),
        };
        new Span<byte>(matrix.GetPanel(matrix.PanelCount - 1), checked((int)matrix.PanelBytes)).Clear();
        for (var output = 0; output < outputs; output++)
            matrix.Pack(
                weights + (long)output * inputs, matrix.GetPanel(output / matrix.PanelWidth), output % matrix.PanelWidth);
        return matrix;
    }

    /// <summary>Elements of the widest vectors of this processor.</summary>
    internal static int VectorWidth =>
        Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Multiplies rows with a panel: y = x·Wᵀ or y += x·Wᵀ, for the outputs of this panel.</summary>
    /// <param name="panel">Index of the panel.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="x"><c>[rows, inputs]</c></param>
    /// <param name="xStride">Distance between the rows of <paramref name="x"/>.</param>
    /// <param name="y"><c>[rows, panel width]</c>: the first output of this panel.</param>
    /// <param name="yStride">Distance between the rows of <paramref name="y"/>.</param>
    /// <param name="add">True to add to <paramref name="y"/>.</param>
    public abstract void Multiply(int panel, int rows, float* x, long xStride, float* y, long yStride, bool add);

    /// <summary>Copies the weights of one output, as they are after rounding.</summary>
    /// <param name="output">Index of the output.</param>
    /// <param name="to">Receives the weights.</param>
    public abstract void Unpack(int output, float* to);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private protected byte* GetPanel(int panel) => _memory.Pointer + panel * PanelBytes;

    private protected abstract void Pack(float* weights, byte* panel, int output);

    private static PackedMatrix Create<TVector, TLanes>(int outputs, int inputs, PackedType type)
        where TVector : struct
        where TLanes : ILanes<TVector> => type switch
        {
            PackedType.Float32 => new PackedMatrix<TVector, TLanes, Float32Panel<TVector, TLanes>>(outputs, inputs),
            PackedType.BFloat16 => new PackedMatrix<TVector, TLanes, BFloat16Panel<TVector, TLanes>>(outputs, inputs),
            PackedType.Int8 => new PackedMatrix<TVector, TLanes, Int8Panel<TVector, TLanes>>(outputs, inputs),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of packed weights."),
        };
}

/// <summary>A packed matrix of one vector width and number type.</summary>
internal sealed unsafe class PackedMatrix<TVector, TLanes, TFormat>(int outputs, int inputs)
    : PackedMatrix(outputs, inputs, IPanelFormat<TVector>.VectorCount * TLanes.Count, GetPanelBytes(inputs))
    where TVector : struct
    where TLanes : ILanes<TVector>
    where TFormat : IPanelFormat<TVector>
{
    private const int BlockLength = IPanelFormat<TVector>.BlockLength;

    private static int BlockBytes => TFormat.HeaderBytes + BlockLength * TFormat.StepBytes;

    public override void Multiply(int panel, int rows, float* x, long xStride, float* y, long yStride, bool add) =>
        PanelProduct<TVector, TLanes, TFormat>.Multiply(GetPanel(panel), Inputs, rows, x, xStride, y, yStride, add);

    public override void Unpack(int output, float* to)
    {
        byte* panel = GetPanel(output / PanelWidth), header = panel;
        for (var i = 0; i < Inputs; i++)
        {
            header = panel + i / BlockLength * BlockBytes;
            var step = header + TFormat.HeaderBytes + i % BlockLength * TFormat.StepBytes;
            to[i] = TFormat.LoadOne(step, header, output % PanelWidth);
        }
    }

    private protected override void Pack(float* weights, byte* panel, int output)
    {
        for (var i = 0; i < Inputs; i += BlockLength)
            TFormat.Pack(weights + i, Math.Min(BlockLength, Inputs - i), panel + i / BlockLength * BlockBytes, output);
    }

    private static long GetPanelBytes(int inputs) =>
        (inputs + BlockLength - 1) / BlockLength * (long)TFormat.HeaderBytes + (long)inputs * TFormat.StepBytes;
}
