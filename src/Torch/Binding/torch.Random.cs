namespace TorchSharp;

public static partial class torch
{
    /// <summary>Seeds the default generators of every device.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.tllm_manual_seed(seed));
        return new Generator((ulong)seed);
    }

    public static unsafe Tensor get_rng_state()
    {
        nint state;
        Native.Check(Native.tllm_get_rng_state((int)DeviceType.CPU, -1, &state));
        return new Tensor(state);
    }

    public static void set_rng_state(Tensor new_state) => Native.Check(Native.tllm_set_rng_state((int)DeviceType.CPU, -1, new_state.Handle));

    /// <summary>A stream of random numbers of its own, on the CPU.</summary>
    public sealed unsafe class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            if (device is { type: not DeviceType.CPU }) throw new NotSupportedException($"Own generators live on the CPU, not on {device}.");
            nint handle;
            Native.Check(Native.tllm_generator_new((long)seed, &handle));
            _handle = handle;
        }

        ~Generator() => Free();

        internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Tensor get_state()
        {
            nint state;
            Native.Check(Native.tllm_generator_state(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value) => Native.Check(Native.tllm_generator_set_state(Handle, value.Handle));

        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0) Native.tllm_generator_free(handle);
        }
    }
}
