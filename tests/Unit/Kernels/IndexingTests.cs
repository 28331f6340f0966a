using FluentAssertions;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

public sealed class IndexingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _x = arange(0, 24, dtype: float32).view(2, 3, 4);       // element (i, j, k) is 12 i + 4 j + k

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_number_takes_a_row() => Values(_x[1]).Should().Equal(Enumerable.Range(12, 12).Select(n => (float)n));

    [Fact]
    public void Numbers_take_an_element() => _x[1, 2, 3].ToSingle().Should().Be(23);

    [Fact]
    public void A_number_from_the_end_counts_back() => _x[^1, ^2, ^1].ToSingle().Should().Be(19);

    [Fact]
    public void A_range_takes_some_of_an_axis() => Values(_x[1, 0..2, 1..3]).Should().Equal(13, 14, 17, 18);

    [Fact]
    public void A_range_from_the_end_counts_back() => Values(_x[0, 0, 1..^1]).Should().Equal(1, 2);

    [Fact]
    public void An_ellipsis_skips_axes() => Values(_x[TensorIndex.Ellipsis, 2]).Should().Equal(2, 6, 10, 14, 18, 22);

    [Fact]
    public void A_step_skips_elements() => Values(_x[0, 0, TensorIndex.Slice(0, null, 2)]).Should().Equal(0, 2);

    [Fact]
    public void None_adds_an_axis() => _x[TensorIndex.None, 0].shape.Should().Equal(1, 3, 4);

    [Fact]
    public void A_list_takes_rows_in_its_order() =>
        Values(_x[0][tensor([2L, 0L, 2L])]).Should().Equal(8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);

    [Fact]
    public void A_mask_takes_where_it_is_true() => Values(_x[_x.gt(20)]).Should().Equal(21, 22, 23);

    [Fact]
    public void A_part_is_a_view_that_writes_through()
    {
        _x[1, 2].fill_(-1);
        Values(_x[1, 2]).Should().Equal(-1, -1, -1, -1);
        _x[1, 1, 3].ToSingle().Should().Be(19);
    }

    [Fact]
    public void A_part_can_be_assigned()
    {
        _x[0, 1..3, 0] = tensor([50f, 60f]);
        Values(_x[0, TensorIndex.Colon, 0]).Should().Equal(0, 50, 60);
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
