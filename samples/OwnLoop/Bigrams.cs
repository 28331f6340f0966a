using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OwnLoop;

/// <summary>A model that predicts a token from the one before it.</summary>
internal sealed class Bigrams : nn.Module<Tensor, Tensor>
{
    public const int Vocabulary = 50;

    private readonly Embedding _embedding = nn.Embedding(Vocabulary, 24);
    private readonly Linear _head = nn.Linear(24, Vocabulary);

    public Bigrams()
        : base(nameof(Bigrams)) => RegisterComponents();

    public override Tensor forward(Tensor input) => _head.forward(nn.functional.gelu(_embedding.forward(input)));
}
