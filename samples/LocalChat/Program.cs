using Microsoft.Extensions.AI;
using TurkishLlm.Extensions;

// An IChatClient of the exported model in a folder, then the questions of one conversation.
using var client = TurkishLlmChatClient.Load(args[0]);
List<ChatMessage> messages = [];
foreach (var question in args.Skip(1))
{
    messages.Add(new(ChatRole.User, question));
    var answer = await client.GetResponseAsync(messages, new() { MaxOutputTokens = 64 });
    Console.WriteLine(answer.Text);
    messages.AddRange(answer.Messages);
}
