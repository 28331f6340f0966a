using FluentAssertions;
using TurkishLlm.Kernels.Packed;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>The packed kernels with vectors of every width, which processors have or .NET emulates.</summary>
public sealed unsafe class PackedKernelTests
{
    private const int Outputs = 150, Inputs = 71;

    public static TheoryData<PackedType> Types() => [.. Enum.GetValues<PackedType>()];

    [Theory, MemberData(nameof(Types))]
    public void Products_have_the_same_bits_with_vectors_of_every_width_and_any_number_of_rows(PackedType type)
    {
        float[] weights = Draw(1, Outputs * Inputs), x = Draw(2, 11 * Inputs), start = Draw(3, 11 * Outputs);
        foreach (var add in new[] { false, true })
        {
            var expected = Multiply(16, rowsPerCall: 1);
            expected.Should().OnlyContain(y => float.IsFinite(y) && y != 0);
            foreach (var lanes in new[] { 16, 8, 4 })
                foreach (var rows in new[] { 1, 2, 3, 4, 7, 11 }) Multiply(lanes, rows).Should().Equal(expected);

            float[] Multiply(int lanes, int rowsPerCall)
            {
                using var matrix = Pack(weights, type, lanes);
                var y = new float[11 * matrix.PaddedOutputs];
                for (var row = 0; row < 11; row++)
                    start.AsSpan(row * Outputs, Outputs).CopyTo(y.AsSpan(row * matrix.PaddedOutputs));
                fixed (float* from = x, to = y)
                    for (var row = 0; row < 11; row += rowsPerCall)
                        for (var panel = 0; panel < matrix.PanelCount; panel++)
                            matrix.Multiply(
                                panel, Math.Min(rowsPerCall, 11 - row), from + row * Inputs, Inputs,
                                to + row * matrix.PaddedOutputs + panel * matrix.PanelWidth, matrix.PaddedOutputs, add);
                return [.. y.Chunk(matrix.PaddedOutputs).SelectMany(row => row[..Outputs])];
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Products_are_those_of_the_unpacked_weights(PackedType type)
    {
        float[] weights = Draw(1, Outputs * Inputs), x = Draw(2, Inputs);
        foreach (var lanes in new[] { 16, 8, 4 })
        {
            using var matrix = Pack(weights, type, lanes);
            var y = new float[matrix.PaddedOutputs];
            fixed (float* from = x, to = y)
                for (var panel = 0; panel < matrix.PanelCount; panel++)
                    matrix.Multiply(panel, 1, from, Inputs, to + panel * matrix.PanelWidth, y.Length, add: false);
            for (var output = 0; output < Outputs; output++)
            {
                var row = weights[(output * Inputs)..((output + 1) * Inputs)];
                var unpacked = new float[Inputs];
                fixed (float* to = unpacked) matrix.Unpack(output, to);
                unpacked.Should().Equal(PackedRounding.Round(row, type));
                var sum = 0f;
                for (var i = 0; i < Inputs; i++) sum = MathF.FusedMultiplyAdd(unpacked[i], x[i], sum);
                y[output].Should().Be(sum);
            }
            y[Outputs..].Should().OnlyContain(padding => padding == 0);
        }
    }

    [Theory]
    [InlineData(32, 4)]
    [InlineData(64, 2)]
    [InlineData(9, 1)]
    [InlineData(20, 5)]
    public void Attention_has_the_same_bits_with_vectors_of_every_width(int headDim, int group)
    {
        const int Heads = 2, Length = 133;
        float[] keys = Draw(4, Length * Heads * headDim), values = Draw(5, keys.Length), queries = Draw(6, group * headDim);
        var slopes = Draw(7, group).Select(MathF.Abs).ToArray();
        var expected = Attend(16);
        expected.Should().OnlyContain(x => float.IsFinite(x) && x != 0);
        Attend(8).Should().Equal(expected);
        Attend(4).Should().Equal(expected);

        float[] Attend(int lanes)
        {
            using var cache = CachedKeyValues.Create(layers: 2, Heads, headDim, Length, lanes);
            var output = new float[group * headDim];
            fixed (float* k = keys, v = values, q = queries, slope = slopes, to = output)
            {
                var width = Heads * headDim;
                for (var position = 0; position < Length; position++)
                    for (var first = 0; first < width; first += 7)
                    {
                        var count = Math.Min(7, width - first);
                        cache.WriteKeys(1, position, first, count, k + position * width + first);
                        cache.WriteValues(1, position, first, count, v + position * width + first);
                    }
                cache.Attend(layer: 1, head: 1, Length - 1, q, group, slope, to);
            }
            return output;
        }
    }

    [Fact]
    public void Vectors_of_other_widths_are_refused()
    {
        FluentActions.Invoking(() => CachedKeyValues.Create(1, 1, 8, 8, lanes: 5)).Should()
            .Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Pack(Draw(1, Outputs * Inputs), PackedType.Float32, lanes: 32)).Should()
            .Throw<ArgumentOutOfRangeException>();
        PackedRounding.Round([], PackedType.Int8).Should().BeEmpty();
    }

    private static PackedMatrix Pack(float[] weights, PackedType type, int lanes)
    {
        fixed (float* from = weights) return PackedMatrix.Create(from, Outputs, Inputs, type, lanes);
    }

    private static float[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}
