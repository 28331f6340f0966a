namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor view(params long[] shape) => Operators.view.Call(this, shape);
        public Tensor reshape(params long[] shape) => Operators.reshape.Call(this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Operators.flatten.Call(this, start_dim, end_dim);
        public Tensor transpose(long dim0, long dim1) => Operators.transpose.Call(this, dim0, dim1);
        public Tensor permute(params long[] permutation) => Operators.permute.Call(this, permutation);
        public Tensor t() => Operators.t.Call(this);
        public Tensor squeeze(long? dim = null) => dim is { } d ? Operators.squeeze_dim.Call(this, d) : Operators.squeeze.Call(this);
        public Tensor unsqueeze(long dim) => Operators.unsqueeze.Call(this, dim);
        public Tensor expand(params long[] sizes) => Operators.expand.Call(this, sizes);
        public Tensor repeat(params long[] sizes) => Operators.repeat.Call(this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null) => Operators.repeat_interleave.Call(this, repeats, dim is { } d ? d : Argument.None);
        public Tensor select(long dim, long index) => Operators.select.Call(this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => Operators.slice.Call(this, dim, start, finish, step);
        public Tensor narrow(long dim, long start, long length) => Operators.narrow.Call(this, dim, start, length);
        public Tensor[] split(long size, int dim = 0) => Operators.split.Many(this, size, (long)dim);
        public Tensor[] chunk(long chunks, long dim = 0) => Operators.chunk.Many(this, chunks, dim);
        public Tensor[] unbind(long dimension = 0) => Operators.unbind.Many(this, dimension);
        public Tensor index_select(long dim, Tensor index) => Operators.index_select.Call(this, dim, index);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Operators.index_add_.InPlace(this, dim, index, source, alpha);
        public Tensor gather(long dim, Tensor index) => Operators.gather.Call(this, dim, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Operators.scatter.Call(this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Operators.scatter_.InPlace(this, dim, index, src);
        public Tensor masked_select(Tensor mask) => Operators.masked_select.Call(this, mask);
        public Tensor nonzero() => Operators.nonzero.Call(this);
        public Tensor tril(long diagonal = 0) => Operators.tril.Call(this, diagonal);
        public Tensor triu(long diagonal = 0) => Operators.triu.Call(this, diagonal);
        public Tensor roll(long shifts, long? dims = null) => Operators.roll.Call(this, new[] { shifts }, dims is { } d ? new[] { d } : Array.Empty<long>());
        public Tensor flip(params long[] dims) => Operators.flip.Call(this, dims);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Operators.normal_.InPlace(this, mean, std, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => Operators.uniform_.InPlace(this, from, to, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Operators.bernoulli_.InPlace(this, p, generator);

        /// <summary>Rows, ranges and masks, as in Python: <c>x[.., 1..^1]</c>.</summary>
        public Tensor this[params TensorIndex[] indices]
        {
            get
            {
                using var scope = NewDisposeScope();
                var (view, lists) = Walk(indices);
                var result = lists.Length == 0 ? view : Operators.index.Call(view, Argument.Optional(lists));
                return (ReferenceEquals(result, this) ? alias() : result).MoveToOuterDisposeScope();
            }
            set
            {
                using var scope = NewDisposeScope();
                var (view, lists) = Walk(indices);
                if (lists.Length == 0) view.copy_(value);
                else Operators.index_put_.InPlace(view, Argument.Optional(lists), value);
            }
        }

        public Tensor this[Tensor index] => this[TensorIndex.Tensor(index)];

        public Tensor this[long index] => select(0, index);

        // Integers and ranges become views; what remains are lists of positions, one per dimension.
        private (Tensor View, Tensor?[] Lists) Walk(TensorIndex[] indices)
        {
            var view = this;
            var lists = new List<Tensor?>();
            var given = indices.Count(i => i.Kind is not (TensorIndex.What.Ellipsis or TensorIndex.What.None));
            var dim = 0L;
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.What.Ellipsis:
                        for (var skipped = ndim - given; skipped > 0; skipped--, dim++) lists.Add(null);
                        break;
                    case TensorIndex.What.None: view = view.unsqueeze(dim++); lists.Add(null); break;
                    case TensorIndex.What.Single: view = view.select(dim, index.Start!.Value); break;
                    case TensorIndex.What.Slice:
                        view = view.slice(dim++, index.Start ?? 0, index.Stop ?? long.MaxValue, index.Step ?? 1);
                        lists.Add(null);
                        break;
                    default: lists.Add(index.List); dim++; break;
                }
            }
            return (view, lists.TrueForAll(l => l is null) ? [] : [.. lists]);
        }
    }

    /// <summary>One position of an index expression.</summary>
    public readonly struct TensorIndex
    {
        internal enum What { Single, Slice, Ellipsis, None, Tensor }

        internal What Kind { get; private init; }
        internal long? Start { get; private init; }
        internal long? Stop { get; private init; }
        internal long? Step { get; private init; }
        internal Tensor? List { get; private init; }

        public static TensorIndex Ellipsis => new() { Kind = What.Ellipsis };
        public static TensorIndex None => new() { Kind = What.None };
        public static TensorIndex Colon => Slice();
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new() { Kind = What.Slice, Start = start, Stop = stop, Step = step };
        public static TensorIndex Single(long index) => new() { Kind = What.Single, Start = index };
        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = What.Tensor, List = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
        public static implicit operator TensorIndex(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            range.End.IsFromEnd ? range.End.Value == 0 ? null : -range.End.Value : range.End.Value);
    }
}
