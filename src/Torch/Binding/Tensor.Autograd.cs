namespace TorchSharp;

public static partial class torch
{
    public sealed unsafe partial class Tensor
    {
        public bool is_leaf => Native.tllm_is_leaf(Handle) != 0;

        public bool requires_grad
        {
            get => Native.tllm_requires_grad(Handle) != 0;
            set => Native.Check(Native.tllm_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The gathered gradient, or null before the first <see cref="backward()"/>. Each get makes a new handle.</summary>
        public Tensor? grad
        {
            get
            {
                var handle = Native.tllm_grad(Handle);
                return handle == 0 ? null : new Tensor(handle);
            }
            set => Native.Check(Native.tllm_set_grad(Handle, value is null ? 0 : value.Handle));
        }

        public void backward() => Native.Check(Native.tllm_backward(Handle, 0, 0, 0));

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false) =>
            Native.Check(Native.tllm_backward(Handle, grad_tensors is [var seed, ..] ? seed.Handle : 0, retain_graph ? 1 : 0, create_graph ? 1 : 0));

        public Tensor detach() => Operators.detach.Call(this);
        public Tensor detach_() => Operators.detach_.InPlace(this);
    }

    /// <summary>The differentiation engine.</summary>
    public static class autograd
    {
        /// <returns>The gradient of the outputs' sum (weighted by <paramref name="grad_outputs"/>) by each input.</returns>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var o = outputs.Select(t => t.Handle).ToArray();
            var i = inputs.Select(t => t.Handle).ToArray();
            var g = grad_outputs?.Select(t => t.Handle).ToArray();
            var results = new nint[i.Length];
            fixed (nint* po = o, pi = i, pg = g, pr = results)
            {
                Native.Check(Native.tllm_autograd_grad(po, o.Length, pi, i.Length, pg, retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, pr));
            }
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return [.. results.Select(handle => handle == 0 ? null! : new Tensor(handle))];
        }
    }

    public static IDisposable no_grad() => new GradMode(false);
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => Native.tllm_grad_mode() != 0;

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();
        public GradMode(bool enabled) => Native.tllm_set_grad_mode(enabled ? 1 : 0);
        public void Dispose() => Native.tllm_set_grad_mode(_before ? 1 : 0);
    }
}
