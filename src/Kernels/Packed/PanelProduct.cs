using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Products of rows with a panel. Each result is the sum over the inputs in ascending order, one fused multiplication and
/// addition at a time, so it has the same bits with any number of rows.
/// </summary>
internal static unsafe class PanelProduct<TVector, TLanes, TFormat>
    where TVector : struct
    where TLanes : ILanes<TVector>
    where TFormat : IPanelFormat<TVector>
{
    private const int BlockLength = IPanelFormat<TVector>.BlockLength;

    /// <summary>Computes y = x·panel or y += x·panel.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="x"><c>[rows, inputs]</c></param>
    /// <param name="xStride">Distance between the rows of <paramref name="x"/>.</param>
    /// <param name="y"><c>[rows, outputs of a panel]</c></param>
    /// <param name="yStride">Distance between the rows of <paramref name="y"/>.</param>
    /// <param name="add">True to add to <paramref name="y"/>.</param>
    public static void Multiply(byte* panel, int inputs, int rows, float* x, long xStride, float* y, long yStride, bool add)
    {
        var row = 0;
        // Four rows of four vectors need more registers than processors with vectors of 256 bits have.
        for (; TLanes.Count != 8 && row + 4 <= rows; row += 4)
            MultiplyFour(panel, inputs, x + row * xStride, xStride, y + row * yStride, yStride, add);
        for (; row + 2 <= rows; row += 2) MultiplyTwo(panel, inputs, x + row * xStride, xStride, y + row * yStride, yStride, add);
        if (row < rows) MultiplyOne(panel, inputs, x + row * xStride, y + row * yStride, add);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyOne(byte* step, int inputs, float* x, float* y, bool add)
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default;
        for (var i = 0; i < inputs;)
        {
            var header = step;
            step += TFormat.HeaderBytes;
            for (var end = Math.Min(i + BlockLength, inputs); i < end; i++, step += TFormat.StepBytes)
            {
                var a = TLanes.Broadcast(x[i]);
                s0 = TLanes.MultiplyAdd(TFormat.Load(step, header, 0), a, s0);
                s1 = TLanes.MultiplyAdd(TFormat.Load(step, header, 1), a, s1);
                s2 = TLanes.MultiplyAdd(TFormat.Load(step, header, 2), a, s2);
                s3 = TLanes.MultiplyAdd(TFormat.Load(step, header, 3), a, s3);
            }
        }
        Store(y, add, s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTwo(byte* step, int inputs, float* x, long xStride, float* y, long yStride, bool add)
    {
        TVector s00 = default, s01 = default, s02 = default, s03 = default;
        TVector s10 = default, s11 = default, s12 = default, s13 = default;
        for (var i = 0; i < inputs;)
        {
            var header = step;
            step += TFormat.HeaderBytes;
            for (var end = Math.Min(i + BlockLength, inputs); i < end; i++, step += TFormat.StepBytes)
            {
                TVector a0 = TLanes.Broadcast(x[i]), a1 = TLanes.Broadcast(x[xStride + i]);
                var w = TFormat.Load(step, header, 0);
                (s00, s10) = (TLanes.MultiplyAdd(w, a0, s00), TLanes.MultiplyAdd(w, a1, s10));
                w = TFormat.Load(step, header, 1);
                (s01, s11) = (TLanes.MultiplyAdd(w, a0, s01), TLanes.MultiplyAdd(w, a1, s11));
                w = TFormat.Load(step, header, 2);
                (s02, s12) = (TLanes.MultiplyAdd(w, a0, s02), TLanes.MultiplyAdd(w, a1, s12));
                w = TFormat.Load(step, header, 3);
                (s03, s13) = (TLanes.MultiplyAdd(w, a0, s03), TLanes.MultiplyAdd(w, a1, s13));
            }
        }
        Store(y, add, s00, s01, s02, s03);
        Store(y + yStride, add, s10, s11, s12, s13);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFour(byte* step, int inputs, float* x, long xStride, float* y, long yStride, bool add)
    {
        TVector s00 = default, s01 = default, s02 = default, s03 = default;
        TVector s10 = default, s11 = default, s12 = default, s13 = default;
        TVector s20 = default, s21 = default, s22 = default, s23 = default;
        TVector s30 = default, s31 = default, s32 = default, s33 = default;
        for (var i = 0; i < inputs;)
        {
            var header = step;
            step += TFormat.HeaderBytes;
            for (var end = Math.Min(i + BlockLength, inputs); i < end; i++, step += TFormat.StepBytes)
            {
                var w0 = TFormat.Load(step, header, 0);
                var w1 = TFormat.Load(step, header, 1);
                var w2 = TFormat.Load(step, header, 2);
                var w3 = TFormat.Load(step, header, 3);
                var a = TLanes.Broadcast(x[i]);
                (s00, s01) = (TLanes.MultiplyAdd(w0, a, s00), TLanes.MultiplyAdd(w1, a, s01));
                (s02, s03) = (TLanes.MultiplyAdd(w2, a, s02), TLanes.MultiplyAdd(w3, a, s03));
                a = TLanes.Broadcast(x[xStride + i]);
                (s10, s11) = (TLanes.MultiplyAdd(w0, a, s10), TLanes.MultiplyAdd(w1, a, s11));
                (s12, s13) = (TLanes.MultiplyAdd(w2, a, s12), TLanes.MultiplyAdd(w3, a, s13));
                a = TLanes.Broadcast(x[2 * xStride + i]);
                (s20, s21) = (TLanes.MultiplyAdd(w0, a, s20), TLanes.MultiplyAdd(w1, a, s21));
                (s22, s23) = (TLanes.MultiplyAdd(w2, a, s22), TLanes.MultiplyAdd(w3, a, s23));
                a = TLanes.Broadcast(x[3 * xStride + i]);
                (s30, s31) = (TLanes.MultiplyAdd(w0, a, s30), TLanes.MultiplyAdd(w1, a, s31));
                (s32, s33) = (TLanes.MultiplyAdd(w2, a, s32), TLanes.MultiplyAdd(w3, a, s33));
            }
        }
        Store(y, add, s00, s01, s02, s03);
        Store(y + yStride, add, s10, s11, s12, s13);
        Store(y + 2 * yStride, add, s20, s21, s22, s23);
        Store(y + 3 * yStride, add, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, bool add, TVector s0, TVector s1, TVector s2, TVector s3)
    {
        if (add)
        {
            s0 = TLanes.Add(TLanes.Load(y), s0);
            s1 = TLanes.Add(TLanes.Load(y + TLanes.Count), s1);
            s2 = TLanes.Add(TLanes.Load(y + 2 * TLanes.Count), s2);
            s3 = TLanes.Add(TLanes.Load(y + 3 * TLanes.Count), s3);
        }
        TLanes.Store(s0, y);
        TLanes.Store(s1, y + TLanes.Count);
        TLanes.Store(s2, y + 2 * TLanes.Count);
        TLanes.Store(s3, y + 3 * TLanes.Count);
    }
}
