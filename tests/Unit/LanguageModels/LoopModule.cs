using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>
/// A small transformer as people write it with modules: learned positions, biases everywhere (that of the keys has no gradient
/// but rounding), layer norms, GELU, dropout.
/// </summary>
internal sealed class LoopModule : nn.Module<Tensor, Tensor>
{
    public const int Vocabulary = 61, Time = 24;

    private const int Width = 32, Heads = 2, Blocks = 2;

    private readonly LoopOptions _options;
    private readonly TorchSharp.Modules.Embedding _tokens, _positions;
    private readonly TorchSharp.Modules.ModuleList<nn.Module<Tensor, Tensor>> _layers = new();
    private readonly TorchSharp.Modules.Linear _head;

    public LoopModule(LoopOptions options)
        : base(nameof(LoopModule))
    {
        _options = options;
        random.manual_seed(options.Seed);
        (_tokens, _positions) = (nn.Embedding(Vocabulary, Width), nn.Embedding(Time, Width));
        for (var block = 0; block < Blocks; block++)
            foreach (var layer in new nn.Module<Tensor, Tensor>[]
            {
                nn.LayerNorm(Width), nn.Linear(Width, Width), nn.Linear(Width, Width), nn.Linear(Width, Width),
                nn.Linear(Width, Width), nn.LayerNorm(Width), nn.Linear(Width, 4 * Width), nn.Linear(4 * Width, Width),
            })
                _layers.Add(layer);
        _layers.Add(nn.LayerNorm(Width));
        _head = nn.Linear(Width, Vocabulary, hasBias: false);
        foreach (var (name, weight) in named_parameters())
            if (weight.ndim > 1) nn.init.normal_(weight, 0, name.StartsWith("_head", StringComparison.Ordinal) ? 0.2 : 0.1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var (rows, time) = (input.shape[0], input.shape[1]);
        var x = _tokens.forward(input).to(float32) + _positions.forward(arange(time));
        for (var first = 0; first < 8 * Blocks; first += 8)
        {
            var normed = Normalize(first, x);
            var (query, key, value) = (Split(first + 1), Split(first + 2), Split(first + 3)); // [b, h, t, d]
            var mixed = F.scaled_dot_product_attention(query, key, value, is_casual: true)
                .transpose(1, 2).reshape(rows, time, Width);
            x = x + F.dropout(Apply(first + 4, mixed), _options.Dropout, training);
            x = x + F.dropout(
                Apply(first + 7, F.gelu(Apply(first + 6, Normalize(first + 5, x)))), _options.Dropout, training);

            Tensor Split(int layer) => Apply(layer, normed).reshape(rows, time, Heads, -1).transpose(1, 2);
        }
        return Apply(_head, Normalize(8 * Blocks, x));
    }

    private Tensor Normalize(int layer, Tensor x)
    {
        var norm = (TorchSharp.Modules.LayerNorm)_layers[layer];
        return F.layer_norm(x, [Width], norm.weight!.to(float32), norm.bias!.to(float32));
    }

    private Tensor Apply(int layer, Tensor x) => Apply((TorchSharp.Modules.Linear)_layers[layer], x);

    private Tensor Apply(TorchSharp.Modules.Linear linear, Tensor x) =>
        F.linear(x.to(_options.NumberType), linear.weight!.to(_options.NumberType), linear.bias?.to(_options.NumberType))
            .to(float32);
}
