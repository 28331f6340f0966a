using TorchSharp;
using TurkishLlm.Kernels.Cpu;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Decoding;

/// <summary>The weights of a model, packed. A tied head and the embedding are one matrix.</summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly NativeBuffer<float> _norms;                       // [2·layers + 1, width]
    private readonly NativeBuffer<float> _slopes;
    private readonly PackedLayer[] _layers;

    /// <param name="parameters">The weights, on any device. Not modified.</param>
    /// <param name="type">Number type of the packed matrices.</param>
    public PackedWeights(ParameterTable parameters, PackedType type)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Config = parameters.Config;
        Embedding = Pack("embed_tokens.weight");
        Head = Config.TieEmbeddings ? Embedding : Pack("lm_head.weight");
        _layers =
        [
            .. Enumerable.Range(0, Config.NLayers).Select(i => $"layers.{i}.").Select(layer => new PackedLayer(
                Pack($"{layer}attn.q_proj.weight"), Pack($"{layer}attn.k_proj.weight"), Pack($"{layer}attn.v_proj.weight"),
                Pack($"{layer}attn.o_proj.weight"), Pack($"{layer}ffn.gate_proj.weight"), Pack($"{layer}ffn.up_proj.weight"),
                Pack($"{layer}ffn.down_proj.weight"))),
        ];
        _norms = new((2L * Config.NLayers + 1) * Config.DModel);
        for (var i = 0; i < Config.NLayers; i++)
        {
            Copy($"layers.{i}.attn_norm.weight", AttentionNorm(i));
            Copy($"layers.{i}.ffn_norm.weight", FeedForwardNorm(i));
        }
        Copy("norm.weight", FinalNorm);
        _slopes = new(Config.NHeads);
        Alibi.ComputeSlopes(Config.NHeads).CopyTo(new Span<float>(Slopes, Config.NHeads));

        PackedMatrix Pack(string name)
        {
            using var scope = NewDisposeScope();
            var weight = ReadOnHost(parameters[name]);
            return PackedMatrix.Create(TensorMemory.GetFloatPointer(weight), (int)weight.size(0), (int)weight.size(1), type);
        }

        void Copy(string name, float* to)
        {
            using var scope = NewDisposeScope();
            var weight = ReadOnHost(parameters[name]);
            new Span<float>(TensorMemory.GetFloatPointer(weight), Config.DModel).CopyTo(new(to, Config.DModel));
        }
    }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Size in memory, in bytes.</summary>
    public long ByteCount =>
        Embedding.ByteCount + (Config.TieEmbeddings ? 0 : Head.ByteCount)
        + _layers.Sum(layer => layer.Matrices.Sum(matrix => matrix.ByteCount))
        + (2L * Config.NLayers + 1) * Config.DModel * sizeof(float);

    public PackedMatrix Embedding { get; }

    public PackedMatrix Head { get; }

    public IReadOnlyList<PackedLayer> Layers => _layers;

    public float* Slopes => _slopes.Pointer;

    public float* FinalNorm => _norms.Pointer + 2L * Config.NLayers * Config.DModel;

    public float* AttentionNorm(int layer) => _norms.Pointer + 2L * layer * Config.DModel;

    public float* FeedForwardNorm(int layer) => _norms.Pointer + (2L * layer + 1) * Config.DModel;

    /// <inheritdoc/>
    public void Dispose()
    {
        Embedding.Dispose();
        Head.Dispose();
        foreach (var layer in _layers) layer.Dispose();
        _norms.Dispose();
        _slopes.Dispose();
    }

    private static Tensor ReadOnHost(Tensor weight)
    {
        using var grad = no_grad();
        return weight.detach().to(float32).cpu().contiguous();
    }
}
