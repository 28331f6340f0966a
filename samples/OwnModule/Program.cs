// A TorchSharp module of your own beside TurkishLlm's language model, in one process and on the same tensors: a linear layer
// reads the model's hidden states and learns to tell tokens with an even id from those with an odd one.
using System.Globalization;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using static TorchSharp.torch;

TorchLibrary.Load();
random.manual_seed(7);
var config = new ModelConfig(vocabSize: 272, dModel: 256, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 128, maxSeqLen: 32);
using var weights = Initialization.Draw(config, seed: 7, CPU);
using var model = new LanguageModel(weights);
using var head = nn.Linear(config.DModel, 2);
using var optimizer = optim.AdamW(head.parameters(), lr: 0.03);

for (var step = 0; step <= 100; step++)
{
    using var scope = NewDisposeScope();
    var tokens = randint(0, config.VocabSize, [8, 32], int64);                             // [b, t]
    var hidden = model.Hidden(tokens);                                                     // [b, t, width]
    var loss = nn.functional.cross_entropy(head.forward(hidden).view(-1, 2), (tokens % 2).view(-1));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (step % 20 == 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step,3}  loss {loss.item<float>():F4}"));
}
