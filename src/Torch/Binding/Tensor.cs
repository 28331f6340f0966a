namespace TorchSharp;

public static partial class torch
{
    /// <summary>A handle to a tensor of libtorch. Freed by <see cref="Dispose()"/>, by its scope, or at last by the collector.</summary>
    public sealed unsafe partial class Tensor : IDisposable
    {
        private static long _total;
        private static long _peak;
        private nint _handle;

        internal Tensor(nint handle)
        {
            _handle = handle;
            var total = Interlocked.Increment(ref _total);
            if (total > Volatile.Read(ref _peak)) Volatile.Write(ref _peak, total);
            DisposeScope.Current?.Add(this);
        }

        ~Tensor() => Free();

        /// <summary>How many tensors are alive in the process.</summary>
        public static long TotalCount => Interlocked.Read(ref _total);

        /// <summary>The most that were alive at once.</summary>
        public static long PeakCount => Interlocked.Read(ref _peak);

        internal DisposeScope? Scope { get; set; }
        internal int ScopeSlot { get; set; }

        public bool IsInvalid => _handle == 0;

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor), "The tensor was freed: its scope has ended, or Dispose was called. Move it to the outer scope to keep it.");

        public void Dispose()
        {
            Scope?.Remove(this);
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0) return;
            Native.tllm_release(handle);
            Interlocked.Decrement(ref _total);
        }

        public Tensor alias() => new(Native.tllm_alias(Handle));

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Remove(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            Scope?.Remove(this);
            other?.Add(this);
            return this;
        }

        public long ndim => Native.tllm_dim(Handle);
        public long dim() => ndim;
        public long numel() => Native.tllm_numel(Handle);
        public long NumberOfElements => numel();
        public long ElementSize => Native.tllm_element_size(Handle);
        public long element_size() => ElementSize;
        public long storage_offset() => Native.tllm_storage_offset(Handle);
        public bool is_contiguous() => Native.tllm_is_contiguous(Handle) != 0;
        public ScalarType dtype => (ScalarType)Native.tllm_dtype(Handle);
        public bool is_floating_point() => dtype is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public DeviceType device_type => device.type;
        public int device_index => device.index;

        public Device device
        {
            get
            {
                int type, index;
                Native.tllm_device(Handle, &type, &index);
                return new Device((DeviceType)type, index);
            }
        }

        public long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                fixed (long* s = sizes) Native.tllm_sizes(Handle, s, null);
                return sizes;
            }
        }

        public long[] size() => shape;
        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        public long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* s = strides) Native.tllm_sizes(Handle, null, s);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + (int)ndim : dim];

        public override string ToString() => IsInvalid ? "Tensor (freed)" : $"[{string.Join(", ", shape)}] {dtype} on {device}";
    }
}
