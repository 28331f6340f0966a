using System.ClientModel;
using OpenAI;

// The address of `turkishllm serve`, and a question.
var (address, question) = args is [var first, var second] ? (first, second) : ("http://127.0.0.1:8080/v1", "Telbis nedir?");
var client = new OpenAIClient(new ApiKeyCredential("none"), new() { Endpoint = new Uri(address) });
var model = client.GetOpenAIModelClient().GetModels().Value[0].Id;
await foreach (var part in client.GetChatClient(model).CompleteChatStreamingAsync(question))
    foreach (var content in part.ContentUpdate) Console.Write(content.Text);
Console.WriteLine();
