// A TorchSharp module of your own beside TurkishLlm's language model, in one process and on the same tensors: a linear layer
// reads the model's hidden states and learns to predict which half of the vocabulary a text is written in.
using System.Globalization;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

TorchLibrary.Load();
random.manual_seed(7);
var config = new ModelConfig(vocabSize: 272, dModel: 128, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 256, maxSeqLen: 32);
using var weights = WeightInitializer.Initialize(config, seed: 7, CPU);
using var model = new LanguageModel(weights);
using var head = nn.Linear(config.DModel, 2);
using var optimizer = optim.AdamW(head.parameters(), lr: 0.01);

for (var step = 0; step <= 100; step++)
{
    using var scope = NewDisposeScope();
    var half = randint(0, 2, [16, 1], int64);                                   // [b, 1]
    var tokens = randint(0, 136, [16, 32], int64) + 136 * half;                 // [b, t]
    var scores = head.forward(model.ForwardHidden(tokens));                            // [b, t, 2]
    var loss = nn.functional.cross_entropy(scores.view(-1, 2), half.expand(16, 32).reshape(-1));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (step % 20 > 0) continue;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step,3}  loss {loss.item<float>():F4}"));
}
